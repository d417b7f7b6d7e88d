"""Forms with files in them (multipart/form-data), for the routes that say `@app.post(…, files=True)`.

The names and types that a sender gives to files are not even read: whoever takes a file looks at its bytes.
"""
import multipart

from kuma_lite.web.refusals import Refused

PARTS = 20          # fields and files of one form
HEADER = 1024       # bytes of one line above a part
DAMAGED = 'This form did not arrive whole; please send it once more.'


def read(content_type, body):
    """([(name, bytes), …] of its fields, the same of its files). Raises Refused."""
    kind, options = multipart.parse_options_header(content_type)
    boundary = options.get('boundary', '')
    if not 0 < len(boundary) <= 70:
        raise Refused(400, DAMAGED)
    try:
        return _parts(boundary, body)
    except (multipart.MultipartError, UnicodeError):
        raise Refused(400, DAMAGED) from None


def _parts(boundary, body):
    fields, files, data = [], [], bytearray()
    with multipart.PushMultipartParser(boundary, len(body), HEADER, max_segment_count=PARTS,
                                       strict=True) as parser:
        for event in parser.parse(body):
            if isinstance(event, multipart.MultipartSegment):
                segment, data = event, bytearray()
            elif event:
                data += event
            else:
                kept = fields if segment.filename is None else files
                kept.append((segment.name, bytes(data)))
    return fields, files
