"""The exceptions with which anything that answers a request says no; `errors` makes their pages."""


class Refused(Exception):
    """What was asked for is not done. `sentence` tells a person why, and what to do about it.

    It becomes a page in the site's look that keeps the text of a form, or, for programs, JSON:
    `{"error": sentence, **details}`. `headers` are sent with it.
    """

    def __init__(self, status, sentence, headers=None, **details):
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers or {}
        self.details = details


class NotFound(Refused):
    def __init__(self, sentence='There is nothing at this address.', **details):
        super().__init__(404, sentence, **details)


class Forbidden(Refused):
    def __init__(self, sentence='You may not do this.', **details):
        super().__init__(403, sentence, **details)
