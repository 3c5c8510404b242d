#!/usr/bin/env bash
# A pipeline's step: bring the settings up, then push a statement. It stops at the first of the two that fails, with the
# reason on stderr; the same step again goes on where a push stopped, because its journal lies beside the statement.
#
#   CODAT_API_KEY, XERO_CLIENT_SECRET   as for any `pulumi up`
#   COMPANY, CONNECTION, SOURCE_ACCOUNT whose books, through which connection, from which of the bank's accounts
#   PULUMI                              the command, `pulumi` unless set; `pulumi-codat offline` to try it
#
# usage: pipeline.sh STACK STATEMENT
set -euo pipefail

stack=${1:?usage: pipeline.sh STACK STATEMENT}
statement=$(realpath "${2:?usage: pipeline.sh STACK STATEMENT}")
cd "$(dirname "$0")"
read -ra pulumi <<<"${PULUMI:-pulumi}"

"${pulumi[@]}" up --stack "$stack" --yes --skip-preview
pulumi-codat bank-transactions push "$statement" \
  --company "${COMPANY:?}" --connection "${CONNECTION:?}" --source-account "${SOURCE_ACCOUNT:?}"
