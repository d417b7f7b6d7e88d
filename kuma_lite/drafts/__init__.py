"""What is typed and not saved yet: kept on the server for who typed it; and who else is typing now.

A form in which a page is written has a name of its own, and its draft goes by it. So no form writes over
what another one wrote, on whatever device: the draft belongs to the form that opened it last.
"""
