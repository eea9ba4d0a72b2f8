package dev.fovea.explanation;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one network says of one image.
 *
 * @param map in the size of the network's input
 * @param raw in the layer's own size
 * @param channels whose sum is the map
 * @param layer that was read; empty if none was
 * @param completenessError of integrated gradients
 */
public record MemberMap(
    HeatMap map,
    Optional<HeatMap> raw,
    Optional<Attributions> channels,
    String layer,
    OptionalDouble completenessError) {

  static MemberMap ofPixels(Attributions channels) {
    return new MemberMap(
        channels.summed(), Optional.empty(), Optional.of(channels), "", OptionalDouble.empty());
  }
}
