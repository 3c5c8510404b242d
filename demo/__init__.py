"""The main job, shown from end to end: `make demo`. The scenario tests stand on the same stage."""
