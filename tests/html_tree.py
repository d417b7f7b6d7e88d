"""HTML as a browser parses it (by Lexbor), as elements of ElementTree."""
from xml.etree.ElementTree import Element, SubElement

from selectolax.lexbor import LexborHTMLParser


def page(html):
    """The <html> element of a whole page."""
    root = LexborHTMLParser(html).root
    return _fill(Element('html', _attributes(root)), root.iter(include_text=True))


def fragment(html):
    """An element `fragment` around what `html` is in the middle of a page."""
    parser = LexborHTMLParser(html, is_fragment=True)       # must outlive its nodes
    return _fill(Element('fragment'), _siblings(parser.root))


def _siblings(node):
    while node is not None:
        yield node
        node = node.next


def _fill(element, nodes):
    for node in nodes:
        if node.is_text_node:
            _add_text(element, node.text_content)
        elif node.is_element_node:
            child = SubElement(element, node.tag, _attributes(node))
            _fill(child, _inside(node).iter(include_text=True))
    return element


def _inside(node):
    return node.template_fragments()[0] if node.tag == 'template' else node


def _attributes(node):
    return {name: value or '' for name, value in node.attributes.items()}


def _add_text(element, text):
    if len(element):
        element[-1].tail = (element[-1].tail or '') + text
    else:
        element.text = (element.text or '') + text
