"""The results that users get: passages, answers, reports, measurements, vectors; their JSON and back.

Plain values enter and leave. The room imports nothing of ours; `drawing` is filled from above.
"""
