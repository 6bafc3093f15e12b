"""A stranger to the product: messaging platforms on your own machine, with phones to click.

Imports nothing of the product. Everything is in memory; everything is steered over HTTP.
"""
