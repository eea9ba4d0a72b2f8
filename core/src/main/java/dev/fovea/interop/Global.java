package dev.fovea.interop;

import dev.fovea.checkpoint.ElementType;
import java.util.Optional;

/**
 * The Python names that the reader understands; neither these nor any others are ever imported,
 * looked up or run.
 *
 * <p>Source: what {@code torch.save} writes for the state dict of a module and of an optimizer.
 */
enum Global {
  ORDERED_DICT("collections", "OrderedDict"),
  DEFAULT_DICT("collections", "defaultdict"),
  REBUILD_TENSOR("torch._utils", "_rebuild_tensor"),
  REBUILD_TENSOR_V2("torch._utils", "_rebuild_tensor_v2"),
  REBUILD_PARAMETER("torch._utils", "_rebuild_parameter"),
  REBUILD_PARAMETER_WITH_STATE("torch._utils", "_rebuild_parameter_with_state"),
  REBUILD_FROM_TYPE("torch._tensor", "_rebuild_from_type_v2"),
  TENSOR("torch", "Tensor"),
  PARAMETER("torch.nn.parameter", "Parameter"),
  SIZE("torch", "Size"),
  FLOAT(ElementType.F32, "FloatStorage"),
  DOUBLE(ElementType.F64, "DoubleStorage"),
  HALF(ElementType.F16, "HalfStorage"),
  BFLOAT16(ElementType.BF16, "BFloat16Storage"),
  LONG(ElementType.I64, "LongStorage"),
  INT(ElementType.I32, "IntStorage"),
  SHORT(ElementType.I16, "ShortStorage"),
  CHAR(ElementType.I8, "CharStorage"),
  BYTE(ElementType.U8, "ByteStorage"),
  BOOL(ElementType.BOOL, "BoolStorage");

  private final String module;
  private final String name;
  private final Optional<ElementType> type;

  Global(String module, String name) {
    this.module = module;
    this.name = name;
    this.type = Optional.empty();
  }

  Global(ElementType type, String name) {
    this.module = "torch";
    this.name = name;
    this.type = Optional.of(type);
  }

  /** The element type, if this is the class of a storage. */
  Optional<ElementType> type() {
    return type;
  }

  static Optional<Global> named(String module, String name) {
    for (Global g : values()) {
      if (g.module.equals(module) && g.name.equals(name)) {
        return Optional.of(g);
      }
    }
    return Optional.empty();
  }

  /** For example {@code torch.FloatStorage}. */
  @Override
  public String toString() {
    return module + "." + name;
  }
}
