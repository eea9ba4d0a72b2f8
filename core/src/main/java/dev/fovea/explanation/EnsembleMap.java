package dev.fovea.explanation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The mean of the members' maps, without scaling any: the map of the mean of their scores. */
final class EnsembleMap {
  private EnsembleMap() {}

  /**
   * The mean in the size of the first member's input; where another member sees another part of the
   * picture or another size, its map is read at the same places of the picture, and is zero outside
   * what it saw. Raw maps and channels are left out unless all members have the same.
   *
   * @param areas what each member saw
   */
  static MemberMap mean(List<MemberMap> maps, List<SeenArea> areas) {
    if (maps.size() == 1) {
      return maps.get(0);
    }
    HeatMap first = maps.get(0).map();
    double[] sum = new double[first.values().length];
    for (int m = 0; m < maps.size(); m++) {
      HeatMap same = moved(maps.get(m).map(), areas.get(m), areas.get(0));
      for (int i = 0; i < sum.length; i++) {
        sum[i] += same.values()[i];
      }
    }
    boolean alike = areas.stream().allMatch(areas.get(0)::equals);
    double error =
        maps.stream().mapToDouble(m -> m.completenessError().orElse(0)).average().orElse(0);
    return new MemberMap(
        new HeatMap(first.height(), first.width(), divided(sum, maps.size())),
        alike ? raw(maps) : Optional.empty(),
        alike ? channels(maps) : Optional.empty(),
        maps.stream().map(MemberMap::layer).distinct().collect(Collectors.joining(" and ")),
        // Moved maps have lost what fell outside.
        alike && maps.get(0).completenessError().isPresent()
            ? OptionalDouble.of(error)
            : OptionalDouble.empty());
  }

  /** A map of what one network saw, at the places of what another one saw. */
  static HeatMap moved(HeatMap map, SeenArea from, SeenArea to) {
    if (from.equals(to)) {
      return map;
    }
    float[] moved = new float[to.inputHeight() * to.inputWidth()];
    for (int y = 0; y < to.inputHeight(); y++) {
      for (int x = 0; x < to.inputWidth(); x++) {
        Box pixel = from.toInput(to.toPicture(new Box(x, y, x + 1, y + 1)));
        double column = (pixel.left() + pixel.right()) / 2;
        double row = (pixel.top() + pixel.bottom()) / 2;
        boolean seen = row >= 0 && row <= map.height() && column >= 0 && column <= map.width();
        moved[y * to.inputWidth() + x] =
            seen ? (float) map.interpolated(row - 0.5, column - 0.5) : 0;
      }
    }
    return new HeatMap(to.inputHeight(), to.inputWidth(), moved);
  }

  private static Optional<HeatMap> raw(List<MemberMap> maps) {
    List<HeatMap> all = present(maps, MemberMap::raw);
    HeatMap first = all.isEmpty() ? maps.get(0).map() : all.get(0);
    boolean same =
        all.size() == maps.size()
            && all.stream()
                .allMatch(m -> m.height() == first.height() && m.width() == first.width());
    return same
        ? Optional.of(
            new HeatMap(
                first.height(), first.width(), mean(all.stream().map(HeatMap::values).toList())))
        : Optional.empty();
  }

  private static Optional<Attributions> channels(List<MemberMap> maps) {
    List<Attributions> all = present(maps, MemberMap::channels);
    if (all.size() < maps.size()
        || !all.stream().allMatch(a -> a.channels() == all.get(0).channels())) {
      return Optional.empty();
    }
    Attributions first = all.get(0);
    return Optional.of(
        new Attributions(
            first.channels(),
            first.height(),
            first.width(),
            mean(all.stream().map(Attributions::values).toList())));
  }

  private static <T> List<T> present(List<MemberMap> maps, Function<MemberMap, Optional<T>> of) {
    List<T> all = new ArrayList<>();
    maps.forEach(m -> of.apply(m).ifPresent(all::add));
    return all;
  }

  private static float[] mean(List<float[]> all) {
    double[] sum = new double[all.get(0).length];
    for (float[] values : all) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += values[i];
      }
    }
    return divided(sum, all.size());
  }

  private static float[] divided(double[] sum, int by) {
    float[] mean = new float[sum.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sum[i] / by);
    }
    return mean;
  }
}
