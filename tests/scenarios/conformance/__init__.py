"""What a dynamic provider for singleton settings owes its users, tried on ours and on two that are bad on purpose."""
