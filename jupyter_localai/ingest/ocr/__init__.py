"""OCR: pictures of pages become text, on this machine, with models that come with the extra ``ocr``.

A picture enters, and a `recognise.PageText` leaves. It runs in a reader process only.
"""
