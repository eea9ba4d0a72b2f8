package dev.fovea.onnx.importer;

import dev.fovea.graph.Initializer;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onnx.importer.Layer.Step;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The last layer of a classifier, which models that only give features do not have. */
final class Classifiers {
  private Classifiers() {}

  /** Whether a linear layer or a 1x1 convolution gives the scores, with nothing but pools after. */
  static boolean endsWithOne(Layer last) {
    Layer at = last;
    while (at.inputs().size() == 1) {
      if (at.is(Op.Linear.class)) {
        return true;
      } else if (at.step() instanceof Step.Plain p && p.op() instanceof Op.Conv2d o) {
        return o.window().kernelH() == 1
            && o.window().kernelW() == 1
            && last.height() * last.width() == 1;
      } else if (at.is(Op.BatchNorm.class)) {
        return false;
      }
      at = at.input();
    }
    return false;
  }

  /** A mean over all cells and a linear layer; its weights are initialized later. */
  static Layer added(Layer features, int classes) {
    Layer pooled = features;
    if (features.height() * features.width() > 1) {
      pooled = Layer.of(new Op.GlobalAvgPool(), List.of(features), features.channels(), 1, 1);
    }
    Initializer init = new Initializer.PyTorchDefault(pooled.channels());
    int inputs = pooled.channels();
    Map<ParamSpec.Role, Supplier<float[]>> params = new EnumMap<>(ParamSpec.Role.class);
    params.put(ParamSpec.Role.WEIGHT, () -> new float[classes * inputs]);
    params.put(ParamSpec.Role.BIAS, () -> new float[classes]);
    Op op = new Op.Linear(classes, true, init, init);
    return new Layer(new Step.Plain(op), List.of(pooled), params, classes, 1, 1);
  }
}
