package dev.fovea.bench.torch;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

/**
 * The optimizer step of {@code torch.optim.SGD(momentum, weight_decay, nesterov=True, fused=True)}:
 * the operator {@code aten::_fused_sgd_}, one pass over each parameter, called through the
 * dispatcher because the JavaCPP preset has no method for it.
 */
final class FusedSgd {
  private static final double MOMENTUM = 0.9;
  private static final double WEIGHT_DECAY = 1e-4;

  private final List<Tensor> parameters;
  private final OperatorHandle operator;
  private final GenericList parameterList;
  private final GenericList velocityList;
  private final double rate;

  FusedSgd(List<Tensor> parameters, double rate) {
    this.parameters = parameters;
    this.rate = rate;
    this.operator = Dispatcher.singleton().findSchemaOrThrow("aten::_fused_sgd_", "");
    this.parameterList = tensors();
    this.velocityList = tensors();
    for (Tensor parameter : parameters) {
      parameterList.push_back(new IValue(parameter));
      velocityList.push_back(new IValue(torch.zeros_like(parameter)));
    }
  }

  /** Updates the parameters and drops the gradients. */
  void step() {
    try (PointerScope scope = new PointerScope()) {
      GenericList gradients = tensors();
      for (Tensor parameter : parameters) {
        gradients.push_back(new IValue(parameter.mutable_grad()));
      }
      IValueVector stack =
          new IValueVector(
              new IValue(parameterList),
              new IValue(gradients),
              new IValue(velocityList),
              new IValue(WEIGHT_DECAY),
              new IValue(MOMENTUM),
              new IValue(rate),
              new IValue(0.0),
              new IValue(true),
              new IValue(false),
              new IValue(false),
              new IValue(),
              new IValue());
      operator.callBoxed(stack);
    }
    for (Tensor parameter : parameters) {
      parameter.mutable_grad().reset();
    }
  }

  private static GenericList tensors() {
    return new GenericList(new Type.TypePtr(TensorType.get()));
  }
}
