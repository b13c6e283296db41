"""One reader per kind of file: bytes enter, a `Document` leaves. `kinds` names them all."""
