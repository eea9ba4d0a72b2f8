package dev.fovea.eval;

import dev.fovea.data.loader.Crops;
import java.util.List;
import java.util.Optional;

/** The list of protocols and the way from a name to one. */
public final class Protocols {
  /** One view, as the model file has it. */
  public static final Protocol SINGLE = new Protocol.Cropped(Crops.SINGLE);

  private static final List<Protocol> ALL =
      List.of(
          SINGLE,
          new Protocol.Cropped(Crops.FLIP),
          new Protocol.Cropped(Crops.TEN),
          new Protocol.Cropped(Crops.GOOGLENET),
          new Protocol.Dense(false),
          new Protocol.Dense(true));

  private Protocols() {}

  /** Every protocol, the papers' order. */
  public static List<Protocol> all() {
    return ALL;
  }

  /** The protocol of that name on the command line; empty if there is none. */
  public static Optional<Protocol> named(String name) {
    return ALL.stream().filter(p -> p.label().equals(name)).findFirst();
  }
}
