"""What the model `echo` is sent, a tensor of each type, and whether it came back."""

import numpy

values = {
    "matrix": numpy.array([[0.5, -1.25, 3.0], [1e-30, 2.0, 1e30]], numpy.float32),
    "double": numpy.array([0.1, -1e300], numpy.float64),
    "tiny": numpy.array([0, 255], numpy.uint8),
    "small": numpy.array([-128, 127], numpy.int8),
    "middle": numpy.array([-(2**31), 2**31 - 1], numpy.int32),
    "long": numpy.array([2**53 + 1, -(2**63)], numpy.int64),
    "natural": numpy.array([0, 2**64 - 1], numpy.uint64),
    "text": numpy.array([["Größe"], ["日本"]], numpy.object_),
    "flag": numpy.array([True, False], numpy.bool_),
}


def matches(name, back):
    value = values[name]
    if value.dtype == numpy.object_:
        # Bytes where they came as bytes, text where they came in JSON.
        texts = [item.decode() if isinstance(item, bytes) else item for item in back.flat]
        back = numpy.array(texts, numpy.object_).reshape(back.shape)
    return back.shape == value.shape and bool((back == value).all())
