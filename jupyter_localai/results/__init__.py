"""What a user holds: passages, answers, reports, measurements, vectors; their JSON and the way back.

Plain values enter and leave. Imports nothing of ours; `drawing` is filled from above.
"""
