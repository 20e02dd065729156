"""The account centre: what a signed-in person manages alone. Every change asks for fresh proof."""
