"""The measurements work; what they measure no test asserts."""
