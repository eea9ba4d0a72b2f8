"""Checks ONNX models and runs them in two runtimes: one line in (model, input file, shape), two lines of values out."""
import sys

import numpy
import onnx
import onnxruntime
import openvino

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
core = openvino.Core()


def of_onnxruntime(path, x):
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def of_openvino(path, x):
    hints = {"INFERENCE_NUM_THREADS": 2, "INFERENCE_PRECISION_HINT": "f32"}
    return core.compile_model(path, "CPU", hints)([x])[0]


for line in sys.stdin:
    path, data, shape = line.rstrip("\n").split("\t")
    for run in (of_onnxruntime, of_openvino):
        try:
            onnx.checker.check_model(path, full_check=True)
            x = numpy.fromfile(data, numpy.float32).reshape([int(d) for d in shape.split(",")])
            print([float(v) for v in run(path, x).reshape(-1)], flush=True)
        except Exception as e:
            print("failed:", str(e).replace("\n", " ")[:2000], flush=True)
