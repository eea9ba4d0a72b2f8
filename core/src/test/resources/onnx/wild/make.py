"""Makes the small ONNX files of this folder, and what ONNX Runtime computes from them.

    python make.py nodes     patterns of older exporters, node by node (onnx, onnxruntime, numpy)
    python make.py torch     PyTorch's exporters (also torch and onnxscript)
    python make.py smooth    the same with GELU and SiLU
    python make.py tf        tf2onnx (TensorFlow, tf2onnx)

Every image is a formula of its index, which WildPatternsTest has, too. golden.json holds the outputs.
"""
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "golden.json")


def images(n, c, h, w, scale):
    i = np.arange(n * c * h * w, dtype=np.int64)
    return ((i * 7919 % 1009).astype(np.float32) / np.float32(504.5) - np.float32(1)).reshape(n, c, h, w) * np.float32(scale)


def golden(name, n=2, scale=1, side=0):
    path = os.path.join(HERE, name + ".onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    d = [v if isinstance(v, int) and v > 0 else (3 if i == 1 and side else side) for i, v in enumerate(feed.shape or [0, 3, 0, 0])]
    last = d[3] in (1, 3) and d[1] not in (1, 3)
    n = d[0] if isinstance((feed.shape or ["n"])[0], int) else n
    x = images(n, d[3], d[1], d[2], scale) if last else images(n, d[1], d[2], d[3], scale)
    kind = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}[feed.type]
    outputs = session.run(None, {feed.name: (x.transpose(0, 2, 3, 1) if last else x).astype(kind)})
    scores = outputs[OUTPUT.get(name, 0)]
    rows = json.load(open(GOLDEN)) if os.path.exists(GOLDEN) else {}
    rows[name] = {"images": n, "scale": scale, "side": side, "output": [float(v) for v in np.asarray(scores, np.float32).reshape(-1)]}
    with open(GOLDEN, "w") as out:
        out.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(rows[k])}" for k in sorted(rows)) + "\n}\n")


# The output that is compared, where it is not the first.
OUTPUT = {"aux-heads-in-front": 1}


class Net:
    def __init__(self, name, dims, opset, ir=4, listed=False, seed=0):
        self.name, self.dims, self.opset, self.ir, self.listed = name, dims, opset, ir, listed
        self.random = np.random.RandomState(seed)
        self.nodes, self.constants, self.count = [], [], 0
        self.outputs, self.metadata, self.type = [], {}, TensorProto.FLOAT

    def const(self, value, kind=np.float32, as_node=False, raw=True):
        value = np.asarray(value, kind)
        self.count += 1
        name = "const/%d:0" % self.count
        if raw:
            tensor = numpy_helper.from_array(value, name)
        else:
            types = {np.float32: TensorProto.FLOAT, np.int64: TensorProto.INT64, np.float64: TensorProto.DOUBLE, np.int32: TensorProto.INT32, np.float16: TensorProto.FLOAT16}
            data = value.reshape(-1).view(np.uint16) if kind is np.float16 else value.reshape(-1)
            tensor = helper.make_tensor(name, types[kind], value.shape, data.tolist())
        if as_node:
            self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        else:
            self.constants.append(tensor)
        return name

    def weight(self, *dims, **how):
        fan = int(np.prod(dims[1:])) or 1
        return self.const(self.random.randn(*dims) * (1.4 / fan ** 0.5), **how)

    def vector(self, n, low=-0.5, high=0.5, shape=None, **how):
        return self.const(self.random.uniform(low, high, n).reshape(shape or (n,)), **how)

    def node(self, op, *inputs, outputs=None, **attributes):
        self.count += 1
        out = outputs or ["scope/%s_%d:0" % (op, self.count)]
        self.nodes.append(helper.make_node(op, list(inputs), out, name="scope/%s_%d" % (op, self.count), **attributes))
        return out[0] if len(out) == 1 else out

    def bn(self, x, n, **attributes):
        return self.node("BatchNormalization", x, self.vector(n, .6, 1.5), self.vector(n), self.vector(n), self.vector(n, .5, 2), epsilon=1e-3, **attributes)

    def save(self, *outputs, scale=1, n=2, side=0, run=True):
        x = helper.make_tensor_value_info("image", self.type, self.dims)
        inputs = [x]
        if self.listed:
            inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in self.constants]
        graph = helper.make_graph(self.nodes, "g", inputs, [helper.make_tensor_value_info(o, TensorProto.INT64 if "ArgMax" in o else self.type, None) for o in outputs], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], producer_name="test")
        model.ir_version = self.ir
        helper.set_model_props(model, self.metadata)
        onnx.save(model, os.path.join(HERE, self.name + ".onnx"))
        if run:
            golden(self.name, n, scale, side)


def fire(b, x, c, squeeze, each, **pad):
    s = b.node("Relu", b.node("Conv", x, b.weight(squeeze, c, 1, 1), b.vector(squeeze), kernel_shape=[1, 1]))
    left = b.node("Relu", b.node("Conv", s, b.weight(each, squeeze, 1, 1), b.vector(each), kernel_shape=[1, 1]))
    right = b.node("Relu", b.node("Conv", s, b.weight(each, squeeze, 3, 3), b.vector(each), kernel_shape=[3, 3], **(pad or {"pads": [1, 1, 1, 1]})))
    return b.node("Concat", left, right, axis=1)


def caffe2_squeezenet():
    b = Net("caffe2-squeezenet", [1, 3, 23, 23], 8, ir=3, listed=True)
    x = b.node("Relu", b.node("Conv", "image", b.weight(6, 3, 3, 3), b.vector(6), kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 0, 0]))
    x = b.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])  # ceil, emulated
    x = fire(b, x, 6, 3, 4)
    x = b.node("Dropout", x, outputs=["drop", "_mask"], ratio=0.5)[0]
    x = b.node("Relu", b.node("Conv", x, b.weight(5, 8, 1, 1), b.vector(5), kernel_shape=[1, 1]))
    b.save(b.node("Softmax", b.node("GlobalAveragePool", x)))


def caffe2_inception():
    b = Net("caffe2-inception-v1", ["n", 3, 25, 25], 9, ir=3, listed=True, seed=1)
    x = b.node("Relu", b.node("Conv", "image", b.weight(6, 3, 7, 7), b.vector(6), kernel_shape=[7, 7], strides=[2, 2], pads=[3, 3, 3, 3]))
    x = b.node("LRN", x, size=5, alpha=1e-4, beta=0.75, bias=1.0)
    x = b.node("MaxPool", b.node("Pad", x, pads=[0, 0, 0, 0, 0, 0, 1, 1], mode="constant", value=0.0), kernel_shape=[3, 3], strides=[2, 2])
    one = b.node("Relu", b.node("Conv", x, b.weight(3, 6, 1, 1), b.vector(3), kernel_shape=[1, 1]))
    three = b.node("Relu", b.node("Conv", b.node("Relu", b.node("Conv", x, b.weight(2, 6, 1, 1), b.vector(2))), b.weight(4, 2, 3, 3), b.vector(4), pads=[1, 1, 1, 1]))
    pool = b.node("Relu", b.node("Conv", b.node("MaxPool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1]), b.weight(2, 6, 1, 1), b.vector(2)))
    x = b.node("Concat", one, three, pool, axis=1)
    x = b.node("AveragePool", x, kernel_shape=[6, 6], strides=[1, 1], pads=[0, 0, 0, 0])
    x = b.node("Dropout", x, ratio=0.4)
    x = b.node("Reshape", x, b.const([0, -1], np.int64))
    x = b.node("Gemm", x, b.weight(5, 9), b.vector(5), transB=1, alpha=1.0, beta=1.0)
    b.save(b.node("Softmax", x, axis=1))


def caffe2_inception_v2():
    """Norms followed by Caffe's scale as unsqueezed constants; sums instead of additions."""
    b = Net("caffe2-inception-v2", [1, 3, 16, 16], 7, ir=3, listed=True, seed=2)

    def norm(x, n):
        x = b.bn(x, n, spatial=1, momentum=0.9)
        x = b.node("Mul", x, b.node("Unsqueeze", b.vector(n, .5, 1.5), axes=[1, 2]))
        return b.node("Add", x, b.node("Unsqueeze", b.vector(n), axes=[1, 2]))

    x = b.node("Relu", norm(b.node("Conv", "image", b.weight(6, 3, 3, 3), b.vector(6), auto_pad="SAME_UPPER", strides=[2, 2]), 6))
    y = norm(b.node("Conv", x, b.weight(6, 6, 3, 3), b.vector(6), pads=[1, 1, 1, 1]), 6)
    x = b.node("Relu", b.node("Sum", x, y, x))
    x = b.node("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
    x = b.node("AveragePool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    x = b.node("AveragePool", x, kernel_shape=[4, 4])
    x = b.node("Flatten", x)
    x = b.node("MatMul", x, b.weight(6, 5))
    b.save(b.node("Softmax", b.node("Add", x, b.vector(5, shape=(1, 5)))))


def keras2onnx_thin():
    """NHWC images, one transposition, slashes in names, SAME in two ways, norms in the file."""
    b = Net("keras2onnx-thin", ["N", 16, 16, 3], 11, ir=6, seed=3)
    x = b.node("Transpose", "image", perm=[0, 3, 1, 2])
    x = b.node("Conv", x, b.weight(6, 3, 3, 3), b.vector(6), auto_pad="SAME_UPPER", dilations=[1, 1], strides=[1, 1], group=1)
    x = b.node("Relu", b.bn(x, 6, momentum=0.99))
    y = b.node("Relu", b.bn(b.node("Conv", x, b.weight(8, 6, 3, 3), b.vector(8), auto_pad="SAME_UPPER", strides=[2, 2]), 8))
    y = b.bn(b.node("Conv", y, b.weight(8, 8, 3, 3), b.vector(8), auto_pad="SAME_UPPER"), 8)
    z = b.node("Conv", x, b.weight(8, 6, 1, 1), b.vector(8), auto_pad="VALID", strides=[2, 2])
    x = b.node("Relu", b.node("Add", z, y))
    x = b.node("AveragePool", x, kernel_shape=[4, 4], strides=[4, 4], auto_pad="VALID")
    x = b.node("Transpose", x, perm=[0, 2, 3, 1])
    x = b.node("Reshape", b.node("Identity", x), b.const([-1, 32], np.int64))
    x = b.node("Add", b.node("MatMul", x, b.weight(32, 5)), b.vector(5))
    b.metadata = {"names": "{0: 'cat', 1: \"dog's\", 2: 'a, b', 3: 'd', 4: 'e'}"}
    b.save(b.node("Softmax", x, axis=1))


def tf_slim():
    """Paddings and shapes computed at run time, bounds, a mean over two axes, squeezed, as tf2onnx writes."""
    b = Net("tf-slim-inception", ["unk__1", 17, 17, 3], 13, ir=7, seed=4)
    x = b.node("Div", b.node("Sub", "image", b.const(127.5)), b.const(127.5))
    x = b.node("Transpose", x, perm=[0, 3, 1, 2])
    x = b.node("Pad", x, b.node("Concat", b.const([0, 0], np.int64), b.const([3, 3], np.int64), b.const([0, 0], np.int64), b.const([3, 3], np.int64), axis=0))
    x = b.node("Conv", x, b.weight(6, 3, 7, 7), strides=[2, 2])
    x = b.node("Relu", b.node("Add", b.node("Mul", x, b.vector(6, .5, 1.5, (1, 6, 1, 1))), b.vector(6, shape=(1, 6, 1, 1))))
    x = b.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    x = b.node("Min", b.node("Max", b.node("Conv", x, b.weight(6, 6, 2, 2), b.vector(6), auto_pad="SAME_LOWER"), b.const(0)), b.const(6))
    x = b.node("Conv", x, b.weight(6, 6, 3, 3), b.vector(6), pads=[2, 2, 2, 2], dilations=[2, 2])
    x = b.node("ReduceMean", x, axes=[2, 3], keepdims=1)
    x = b.node("Conv", x, b.weight(5, 6, 1, 1), b.vector(5))
    x = b.node("Squeeze", x, b.const([2, 3], np.int64))
    shape = b.node("Cast", b.node("Shape", x), to=TensorProto.INT32)
    first = b.node("Squeeze", b.node("Slice", shape, b.const([0], np.int64), b.const([1], np.int64), b.const([0], np.int64)), b.const([0], np.int64))
    target = b.node("Concat", b.node("Unsqueeze", first, b.const([0], np.int64)), b.const([5], np.int32), axis=0)
    x = b.node("Reshape", x, b.node("Cast", target, to=TensorProto.INT64))
    probabilities = b.node("Softmax", x)
    b.save(probabilities, b.node("ArgMax", probabilities, axis=1, keepdims=0), scale=255)


def bgr(how):
    b = Net("bgr-" + how, ["n", 3, 9, 9], 13, ir=7, seed=5)
    if how == "gather":
        x = b.node("Gather", "image", b.const([2, 1, 0], np.int64), axis=1)
        x = b.node("Sub", x, b.const(np.reshape([103.939, 116.779, 123.68], (1, 3, 1, 1))))
    elif how == "slice":
        x = b.node("Sub", "image", b.const(np.broadcast_to(np.reshape([123.68, 116.779, 103.939], (1, 3, 1, 1)), (1, 3, 9, 9))))
        x = b.node("Slice", x, b.const([-1], np.int64), b.const([-9223372036854775808], np.int64), b.const([1], np.int64), b.const([-1], np.int64))
    else:
        parts = b.node("Split", "image", outputs=["r", "g", "b"], axis=1)
        low = [b.node("Sub", parts[c], b.const(m)) for c, m in ((2, 103.939), (1, 116.779), (0, 123.68))]
        x = b.node("Concat", *low, axis=1)
    x = b.node("Relu", b.node("Conv", x, b.weight(6, 3, 3, 3), b.vector(6), pads=[1, 1, 1, 1]))
    x = b.node("Flatten", b.node("GlobalAveragePool", x))
    b.save(b.node("Gemm", x, b.weight(6, 5), b.vector(5)), scale=255)


def preactivation():
    """Zero padding before a maximum that may be below zero, and a scaled residual."""
    b = Net("padded-maximum", ["n", 3, 15, 15], 11, ir=6, seed=6)
    x = b.node("Conv", b.node("Pad", "image", b.const([0, 0, 3, 3, 0, 0, 3, 3], np.int64)), b.weight(6, 3, 7, 7), b.vector(6), strides=[2, 2])
    x = b.node("MaxPool", b.node("Pad", x, b.const([0, 0, 1, 1, 0, 0, 1, 1], np.int64)), kernel_shape=[3, 3], strides=[2, 2])
    y = b.node("Conv", b.node("Relu", b.bn(x, 6)), b.weight(6, 6, 3, 3), b.vector(6), pads=[1, 1, 1, 1])
    x = b.node("Add", x, b.node("Mul", y, b.const(0.17)))
    x = b.node("AveragePool", x, kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1)
    x = b.node("Relu", b.bn(x, 6))
    x = b.node("Squeeze", b.node("ReduceMean", x, axes=[-2, -1]), axes=[2, 3])
    b.save(b.node("Gemm", x, b.weight(5, 6), b.vector(5), transB=1, alpha=0.5, beta=2.0))


def heads():
    """The main head comes last; one of the branches cannot be read, and nothing needs it."""
    b = Net("aux-heads-in-front", ["n", 3, 12, 12], 12, ir=7, seed=7)
    x = b.node("Relu", b.node("Conv", "image", b.weight(6, 3, 3, 3), b.vector(6)))
    aux = b.node("Gemm", b.node("Flatten", b.node("GlobalAveragePool", b.node("LeakyRelu", x))), b.weight(5, 6), b.vector(5), transB=1)
    x = b.node("Relu", b.node("Conv", x, b.weight(6, 6, 3, 3), "", strides=[2, 2]))
    x = b.node("Flatten", b.node("GlobalMaxPool", x))
    main = b.node("Gemm", x, b.weight(5, 6), b.vector(5), transB=1)
    b.save(aux, main)


def types():
    """Weights in half and double precision, typed fields, constants as nodes, no sizes of images."""
    b = Net("types", ["n", "c", "h", "w"], 15, ir=8, seed=8)
    w = b.node("Cast", b.weight(6, 3, 3, 3, kind=np.float16, raw=False), to=TensorProto.FLOAT)
    x = b.node("Relu", b.node("Conv", "image", w, b.vector(6, raw=False)))
    x = b.node("Mul", x, b.node("Cast", b.const(0.5, np.float64, raw=False, as_node=True), to=TensorProto.FLOAT))
    x = b.node("GlobalAveragePool", x)
    x = b.node("Reshape", x, b.node("Cast", b.const([0, 6], np.int32, raw=False), to=TensorProto.INT64))
    b.save(b.node("Gemm", x, b.weight(5, 6, as_node=True), b.vector(5, raw=False), transB=1), side=11)


def by_nodes():
    caffe2_squeezenet(), caffe2_inception(), caffe2_inception_v2(), keras2onnx_thin(), tf_slim()
    bgr("gather"), bgr("slice"), bgr("split"), preactivation(), heads(), types()


def by_torch():
    import torch
    from torch import nn

    class Fire(nn.Module):
        def __init__(self, c, squeeze, each):
            super().__init__()
            self.squeeze, self.left, self.right = nn.Conv2d(c, squeeze, 1), nn.Conv2d(squeeze, each, 1), nn.Conv2d(squeeze, each, 3, padding=1)

        def forward(self, x):
            x = self.squeeze(x).relu()
            return torch.cat([self.left(x).relu(), self.right(x).relu()], 1)

    class Thin(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True))
            self.fire = Fire(6, 3, 4)
            self.down = nn.Sequential(nn.Conv2d(6, 8, 1), nn.BatchNorm2d(8))
            self.pool, self.drop, self.last = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.2), nn.Linear(8, 5)

        def forward(self, x):
            x = torch.stack([x[:, 0] * 0.458 - 0.03, x[:, 1] * 0.448 - 0.088, x[:, 2] * 0.45 - 0.188], 1)
            x = self.stem(x)
            x = (self.fire(x) + self.down(x)).relu()
            x = nn.functional.avg_pool2d(x, 3, stride=1, padding=1)
            return self.last(self.drop(torch.flatten(self.pool(x), 1))).view(x.size(0), -1)

    torch.manual_seed(0)
    net = Thin()
    for name, values in list(net.named_buffers()) + list(net.named_parameters()):
        if values.dim() == 1 and "num_batches" not in name:
            values.data.uniform_(0.5, 1.5)
    net.eval()
    x = torch.zeros(2, 3, 21, 21)
    for name, how in {
        "torch-traced": dict(dynamo=False, opset_version=17, dynamic_axes={"image": {0: "n"}}),
        "torch-traced-unfolded": dict(dynamo=False, opset_version=9, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE, dynamic_axes={"image": {0: "n"}}),
        "torch-dynamo": dict(dynamo=True, external_data=False, dynamic_shapes=({0: torch.export.Dim("n", min=2)},)),
        "torch-dynamo-raw": dict(dynamo=True, external_data=False, optimize=False),
    }.items():
        torch.onnx.export(net, (x,), os.path.join(HERE, name + ".onnx"), input_names=["image"], output_names=["logits"], verbose=False, **how)
        model = onnx.load(os.path.join(HERE, name + ".onnx"))
        for node in model.graph.node:
            node.doc_string = ""
            del node.metadata_props[:]
        del model.graph.value_info[:]
        onnx.save(model, os.path.join(HERE, name + ".onnx"))
        golden(name)


def by_torch_smooth():
    import torch
    from torch import nn

    class Smooth(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.GELU(), nn.MaxPool2d(2))
            self.left = nn.Sequential(nn.Conv2d(6, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.GELU(approximate="tanh"))
            self.right = nn.Sequential(nn.Conv2d(6, 4, 1), nn.SiLU())
            self.pool, self.last = nn.AdaptiveAvgPool2d(1), nn.Linear(8, 5)

        def forward(self, x):
            x = self.stem(x)
            x = torch.cat([self.left(x), self.right(x)], 1)
            return self.last(nn.functional.gelu(torch.flatten(self.pool(x), 1)))

    torch.manual_seed(0)
    net = Smooth().eval()
    for name, values in net.named_parameters():
        values.data.mul_(2)
    x = torch.zeros(2, 3, 12, 12)
    for name, how in {
        "torch-smooth-opset11": dict(dynamo=False, opset_version=11, dynamic_axes={"image": {0: "n"}}),
        "torch-smooth-opset17": dict(dynamo=False, opset_version=17, dynamic_axes={"image": {0: "n"}}),
        "torch-smooth-opset20": dict(dynamo=False, opset_version=20, dynamic_axes={"image": {0: "n"}}),
        "torch-smooth-dynamo": dict(dynamo=True, external_data=False, opset_version=18, dynamic_shapes=({0: torch.export.Dim("n", min=2)},)),
    }.items():
        torch.onnx.export(net, (x,), os.path.join(HERE, name + ".onnx"), input_names=["image"], output_names=["logits"], verbose=False, **how)
        model = onnx.load(os.path.join(HERE, name + ".onnx"))
        for node in model.graph.node:
            node.doc_string = ""
            del node.metadata_props[:]
        del model.graph.value_info[:]
        onnx.save(model, os.path.join(HERE, name + ".onnx"))
        golden(name)


def by_tf():
    import tensorflow as tf
    import tf2onnx
    layers = tf.keras.layers
    tf.keras.utils.set_random_seed(0)
    x = i = layers.Input((15, 15, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = layers.ZeroPadding2D(3)(x)
    x = layers.Conv2D(6, 7, strides=2, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(scale=False)(x))
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    y = layers.Conv2D(3, 1, activation="relu")(x)
    x = layers.concatenate([layers.Conv2D(4, 1, activation="relu")(y), layers.Conv2D(4, 3, padding="same", activation="relu")(y)])
    y = layers.AveragePooling2D(3, 1, padding="same")(x)
    y = layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same")(y))
    x = layers.ReLU(6.0)(layers.add([x, y]))
    x = layers.Conv2D(8, 3, strides=2, padding="same")(x)
    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
    net = tf.keras.Model(i, layers.Dense(5, activation="softmax")(x))
    random = np.random.RandomState(0)
    for layer in net.layers:
        layer.set_weights([w + random.uniform(0, 0.3, w.shape).astype(w.dtype) for w in layer.get_weights()])
    for opset in (8, 13, 18):
        name = "tf2onnx-opset%d" % opset
        tf2onnx.convert.from_keras(net, (tf.TensorSpec((None, 15, 15, 3), tf.float32, name="image"),), opset=opset, output_path=os.path.join(HERE, name + ".onnx"))
        golden(name, scale=255)


{"nodes": by_nodes, "torch": by_torch, "smooth": by_torch_smooth, "tf": by_tf}[sys.argv[1]]()
