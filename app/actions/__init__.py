"""WHAT CAN BE DONE. One function is one thing that a person or the clock can make happen. No action calls another."""
