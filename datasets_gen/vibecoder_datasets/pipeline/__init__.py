"""Making rows in parallel and in a fixed order, and admitting them to a data set."""
