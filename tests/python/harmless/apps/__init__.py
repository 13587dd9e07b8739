"""Modules of a user, as the programs beside them import them."""
