"""The rows of test_access.py about the site: what admins choose, and the help."""

SITE = {'name': '', 'home': '', 'sidebar': '', 'help': '', 'base': '999'}

SITE_ROWS = {
    'GET /site': ('/site', 'run'),
    'POST /site': ('/site', 'run', 409, 409, SITE),
    'POST /site/logo': ('/site/logo', 'run', 415, 415, {'words': ''}),
    'POST /site/logo/remove': ('/site/logo/remove', 'run', 303, 303),
    'POST /site/choices/N/undo': ('/site/choices/999/undo', 'run', 404, 404),
    'GET /logo/<file:re:[0-9a-f]{16}[.][a-z]{3,4}>': ('/logo/0123456789abcdef.png', 'ask', 404, 404),
    'GET /help/syntax': ('/help/syntax', 'read'),
    'POST /help/syntax/copy': ('/help/syntax/copy', 'run', 303, 303),
}
