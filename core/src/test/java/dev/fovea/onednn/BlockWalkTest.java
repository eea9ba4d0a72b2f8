package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.BlockKernel;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every element that all sets hold is worked on once, whoever does it. */
class BlockWalkTest {
  // Enough elements for several threads, in vectors and matrices that end within a block.
  private static final Graph GRAPH = graph();

  private final Owner owner = new Owner("block walk test");
  private final ParameterLayout layout = ParameterLayout.plain(owner, GRAPH);
  private final OneDnnParameters all = new OneDnnParameters("all", layout, p -> true);
  private final OneDnnParameters other = new OneDnnParameters("other", layout, p -> true);
  private final OneDnnParameters some =
      new OneDnnParameters("some", layout, p -> p.name().endsWith("weight"));

  private static Graph graph() {
    GraphBuilder b = new GraphBuilder("walk");
    Node x = b.flatten("flat", b.input(Shape.of(3, 9, 11)));
    for (int width : new int[] {701, 513, 97, 1, 64}) {
      x = b.linear("fc" + width, x, width);
    }
    return b.build(x);
  }

  @BeforeEach
  void fill() {
    float next = 1;
    for (ParamSpec p : all.specs()) {
      float[] values = all.read(p.name());
      for (int i = 0; i < values.length; i++) {
        values[i] = next++ % 1021;
      }
      all.write(p.name(), values);
    }
  }

  @AfterEach
  void free() {
    all.close();
    other.close();
    some.close();
    owner.close();
  }

  private static void walk(
      int threads, List<ParameterSet> writable, List<ParameterSet> readOnly, BlockKernel kernel) {
    BlockWalk walk = new BlockWalk(threads);
    try {
      walk.forEach(writable, readOnly, kernel);
    } finally {
      walk.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void everyElementIsVisitedOnce(int threads) {
    Map<ParamSpec, LongAdder> visited = new ConcurrentHashMap<>();
    walk(
        threads,
        List.of(all),
        List.of(),
        (spec, b, n) -> {
          visited.computeIfAbsent(spec, s -> new LongAdder()).add(n);
          for (int i = 0; i < n; i++) {
            b[0][i] = 2 * b[0][i] + 1;
          }
        });
    float next = 1;
    for (ParamSpec p : all.specs()) {
      assertThat(Objects.requireNonNull(visited.get(p)).sum())
          .as(p.name())
          .isEqualTo(p.shape().elements());
      for (float v : all.read(p.name())) {
        assertThat(v).isEqualTo(2 * (next++ % 1021) + 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void setsAreWalkedSideBySideAndOnlyWritableOnesChange(int threads) {
    walk(
        threads,
        List.of(other),
        List.of(all),
        (spec, b, n) -> {
          for (int i = 0; i < n; i++) {
            b[0][i] += 3 * b[1][i];
            b[1][i] = -1;
          }
        });
    float next = 1;
    for (ParamSpec p : all.specs()) {
      float[] tripled = other.read(p.name());
      float[] kept = all.read(p.name());
      for (int i = 0; i < kept.length; i++) {
        assertThat(kept[i]).isEqualTo(next++ % 1021);
        assertThat(tripled[i]).isEqualTo(3 * kept[i]);
      }
    }
  }

  @Test
  void whatOneSetLacksIsNotVisited() {
    walk(3, List.of(some), List.of(all), (spec, b, n) -> System.arraycopy(b[1], 0, b[0], 0, n));
    assertThat(some.specs()).isNotEmpty().allMatch(p -> p.name().endsWith("weight"));
    for (ParamSpec p : some.specs()) {
      assertThat(some.read(p.name())).as(p.name()).isEqualTo(all.read(p.name()));
    }
    assertThatThrownBy(() -> some.read("fc97.bias")).hasMessageContaining("fc97.bias");
  }

  @Test
  void aWalkCountsAsAChangeOfWritableSetsOnly() {
    long before = all.version();
    long otherBefore = other.version();
    walk(1, List.of(all), List.of(other), (spec, b, n) -> {});
    assertThat(all.version()).isGreaterThan(before);
    assertThat(other.version()).isEqualTo(otherBefore);
    all.write("fc1.bias", new float[1]);
    assertThat(all.version()).isGreaterThan(before + 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aKernelThatFailsIsReported(int threads) {
    assertThatThrownBy(
            () ->
                walk(
                    threads,
                    List.of(all),
                    List.of(),
                    (spec, b, n) -> {
                      if (spec.name().equals("fc64.bias")) {
                        throw new ArithmeticException("on purpose");
                      }
                    }))
        .hasStackTraceContaining("on purpose");
  }
}
