"""Who uses this Folio: accounts, what proves them, how often they may do what, and the figures over all of them."""
