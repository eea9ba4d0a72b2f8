package dev.fovea.eval;

import dev.fovea.data.loader.Crops;
import java.util.List;
import java.util.Optional;

/** The list of evaluation protocols, with lookup by name. */
public final class Protocols {
  /** One view, with the preprocessing of the model file. */
  public static final Protocol SINGLE = new Protocol.Cropped(Crops.SINGLE);

  private static final List<Protocol> ALL =
      List.of(
          SINGLE,
          new Protocol.Cropped(Crops.FLIP),
          new Protocol.Cropped(Crops.FLIP_SHIFT),
          new Protocol.Cropped(Crops.TEN),
          new Protocol.Cropped(Crops.GOOGLENET),
          new Protocol.Dense(false),
          new Protocol.Dense(true));

  private Protocols() {}

  /** All protocols. */
  public static List<Protocol> all() {
    return ALL;
  }

  /** Looks up the protocol whose label is {@code name}; empty if there is none. */
  public static Optional<Protocol> named(String name) {
    return ALL.stream().filter(p -> p.label().equals(name)).findFirst();
  }
}
