package dev.fovea.study.claims;

import dev.fovea.graph.Window;
import dev.fovea.program.ProgramReport;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a program computes a chain of convolutions, as its report says.
 *
 * <p>Directly, a window of k cells takes k multiplications per output and pair of channels.
 * Winograd's F(m, r) computes m outputs of a window of r cells with m + r - 1 multiplications, and
 * its two-dimensional form with the product of both directions (Lavin and Gray 2016, arXiv
 * 1509.09308). Multiplications of the transforms and of tiles beyond the edge of the grid are not
 * counted.
 *
 * @param multiplications per output position and pair of channels, summed over the instructions
 * @param implementations their distinct names, in order
 */
record Computation(double multiplications, List<String> implementations) {
  private static final String WINOGRAD = "winograd";
  private static final Pattern TILE =
      Pattern.compile(WINOGRAD + " F\\((\\d+)(?:x(\\d+))?,(\\d+)(?:x(\\d+))?\\)(?: .*)?");

  Computation {
    implementations = List.copyOf(implementations);
  }

  /**
   * Reads a report.
   *
   * @param nodes the names of the convolutions, one per window
   * @param passes instructions per convolution: 1 in inference, 3 in training
   * @throws IllegalStateException if the report has another number of instructions for a
   *     convolution, or an unknown notation
   */
  static Computation of(ProgramReport report, List<String> nodes, List<Window> chain, int passes) {
    double multiplications = 0;
    Set<String> implementations = new LinkedHashSet<>();
    for (int i = 0; i < chain.size(); i++) {
      List<String> found = new ArrayList<>();
      for (ProgramReport.Primitive p : report.primitives()) {
        if (p.node().equals(nodes.get(i)) && p.kind().startsWith("convolution")) {
          found.add(p.implementation());
          multiplications += multiplications(chain.get(i), p.implementation());
        }
      }
      if (found.size() != passes) {
        throw new IllegalStateException(
            "the report of "
                + report.backend()
                + " lists "
                + found.size()
                + " convolution instructions for the node "
                + nodes.get(i)
                + ", expected "
                + passes
                + ": "
                + found);
      }
      implementations.addAll(found);
    }
    return new Computation(multiplications, List.copyOf(implementations));
  }

  /**
   * Returns the multiplications of a convolution of stride 1 per output position and pair of
   * channels. The gradients of source and weights take as many per position.
   *
   * @param implementation as in a program's report, for example {@code winograd F(4x4,3x3) f32}; a
   *     tile F(m,r) without {@code x} lies along the longer side of the window
   */
  static double multiplications(Window window, String implementation) {
    if (!implementation.startsWith(WINOGRAD)) {
      return window.kernelH() * window.kernelW();
    }
    Matcher m = TILE.matcher(implementation);
    if (m.matches()) {
      boolean column = window.kernelW() == 1;
      int outH = side(m, 1, 2, true, column);
      int outW = side(m, 1, 2, false, column);
      int kernelH = side(m, 3, 4, true, column);
      int kernelW = side(m, 3, 4, false, column);
      if (outH > 0 && outW > 0 && kernelH == window.kernelH() && kernelW == window.kernelW()) {
        return (double) (outH + kernelH - 1) * (outW + kernelW - 1) / (outH * outW);
      }
    }
    throw new IllegalStateException(
        "a convolution of "
            + window.kernelH()
            + "x"
            + window.kernelW()
            + " is reported as '"
            + implementation
            + "'; expected 'winograd F(outputs,window)' with that window");
  }

  private static int side(Matcher m, int first, int second, boolean height, boolean column) {
    if (m.group(second) != null) {
      return Integer.parseInt(m.group(height ? first : second));
    }
    return height == column ? Integer.parseInt(m.group(first)) : 1;
  }

  /** Whether any convolution is computed by Winograd's algorithm. */
  boolean winograd() {
    return implementations.stream().anyMatch(i -> i.startsWith(WINOGRAD));
  }

  /** Returns the implementations as text, for example {@code direct (jit:avx512_core)}. */
  String text() {
    return implementations.stream()
        .map(i -> i.startsWith(WINOGRAD) ? i : "direct (" + i + ")")
        .collect(Collectors.joining(", "));
  }
}
