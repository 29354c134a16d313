"""Elements as careless programs write them, which pydicom itself would not."""

from pydicom.tag import Tag


def raw(path, keyword, content, representation="DS"):
    """Put other content into an element of an explicit, little-endian file."""
    content += b" " * (len(content) % 2)
    tag = Tag(keyword)
    number = tag.group.to_bytes(2, "little") + tag.element.to_bytes(2, "little")
    whole = path.read_bytes()
    start = whole.find(number + representation.encode())
    assert start > 0, f"{keyword} has to be in the file already, as {representation}"
    length = int.from_bytes(whole[start + 6 : start + 8], "little")
    new = number + representation.encode() + len(content).to_bytes(2, "little") + content
    path.write_bytes(whole[:start] + new + whole[start + 8 + length :])
    return path
