package dev.fovea.onnx.importer;

import dev.fovea.graph.Window;
import dev.fovea.onnx.importer.Layer.Step;
import java.util.List;

/**
 * Turns paddings, which ONNX gives for each side, into windows with the same padding on both sides.
 */
final class Windows {
  private static final int MOST_ZEROS = 32;

  private Windows() {}

  /** Kernel, strides and paddings of a node, with the padding before it. */
  record Sides(
      Layer input,
      int kernelH,
      int kernelW,
      int strideH,
      int strideW,
      int[] pads,
      double value,
      boolean edge) {
    /** The same window over an input that has its padding with zeros as a layer of its own. */
    Sides spelledOut() {
      Layer wide = Layer.padded(input, pads[0], pads[1], pads[2], pads[3]);
      int[] none = new int[4];
      return new Sides(wide, kernelH, kernelW, strideH, strideW, none, 0, false);
    }

    int outH(boolean ceil) {
      return out(input.height(), kernelH, strideH, pads[0], pads[2], ceil);
    }

    int outW(boolean ceil) {
      return out(input.width(), kernelW, strideW, pads[1], pads[3], ceil);
    }

    private static int out(int in, int kernel, int stride, int begin, int end, boolean ceil) {
      int span = in + begin + end - kernel;
      if (span < 0) {
        throw new Unsupported(
            "its kernel of " + kernel + " does not fit into " + (in + begin + end) + " cells");
      }
      int out = (ceil ? span + stride - 1 : span) / stride + 1;
      return ceil && (out - 1) * stride >= in + begin ? out - 1 : out;
    }
  }

  /**
   * Reads the window of a node.
   *
   * @param kernelH rows of the kernel, with those that dilation leaves out
   * @param kernelW likewise columns
   */
  static Sides sides(Reading r, Layer in, int kernelH, int kernelW) {
    List<Integer> strides = r.small("strides", List.of(1, 1), 2);
    List<Integer> pads = r.small("pads", List.of(0, 0, 0, 0), 4);
    boolean sane =
        kernelH >= 1
            && kernelW >= 1
            && strides.get(0) >= 1
            && strides.get(1) >= 1
            && pads.stream().allMatch(p -> p >= 0);
    if (!sane) {
      throw new Unsupported(
          "it has the kernel "
              + kernelH
              + "x"
              + kernelW
              + ", strides "
              + strides
              + ", pads "
              + pads
              + "; Fovea has no windows without cells and no negative paddings");
    }
    int[] all = {pads.get(0), pads.get(1), pads.get(2), pads.get(3)};
    auto(r, in, new int[] {kernelH, kernelW}, strides, all);
    Layer before = in;
    double value = 0;
    boolean edge = false;
    if (in.step() instanceof Step.Pad p) {
      all[0] += p.top();
      all[1] += p.left();
      all[2] += p.bottom();
      all[3] += p.right();
      value = p.value();
      edge = p.edge();
      before = in.input();
    }
    return new Sides(before, kernelH, kernelW, strides.get(0), strides.get(1), all, value, edge);
  }

  /** How far the cells of a kernel are apart. */
  static List<Integer> dilations(Reading r) {
    List<Integer> dilations = r.small("dilations", List.of(1, 1), 2);
    if (dilations.stream().anyMatch(d -> d < 1 || d > MOST_ZEROS)) {
      throw new Unsupported("its dilations are " + dilations);
    }
    return dilations;
  }

  private static void auto(Reading r, Layer in, int[] kernel, List<Integer> strides, int[] pads) {
    String auto = r.text("auto_pad", "NOTSET");
    switch (auto) {
      case "NOTSET", "" -> {}
      case "VALID" -> java.util.Arrays.fill(pads, 0);
      case "SAME_UPPER", "SAME_LOWER" -> {
        int[] size = {in.height(), in.width()};
        for (int i = 0; i < 2; i++) {
          int stride = strides.get(i);
          int out = (size[i] + stride - 1) / stride;
          int all = Math.max(0, (out - 1) * stride + kernel[i] - size[i]);
          int more = (all + 1) / 2;
          pads[i] = auto.equals("SAME_UPPER") ? all - more : more;
          pads[i + 2] = all - pads[i];
        }
      }
      default -> throw new Unsupported("its auto_pad is " + auto);
    }
  }

  /**
   * A convolution's window; its kernel may have got rows and columns of zeros.
   *
   * @param rows where the kernel's rows are among those of the window
   * @param columns likewise its columns
   */
  record Fit(Layer input, Window window, int height, int width, Cells rows, Cells columns) {
    float[] widened(float[] weights) {
      int h = window.kernelH();
      int w = window.kernelW();
      int kernelH = rows.count();
      int kernelW = columns.count();
      if (h == kernelH && w == kernelW) {
        return weights;
      }
      int planes = weights.length / (kernelH * kernelW);
      float[] wide = new float[planes * h * w];
      for (int p = 0; p < planes; p++) {
        for (int y = 0; y < kernelH; y++) {
          for (int x = 0; x < kernelW; x++) {
            wide[(p * h + rows.at(y)) * w + columns.at(x)] =
                weights[(p * kernelH + y) * kernelW + x];
          }
        }
      }
      return wide;
    }
  }

  /** Cells of a kernel along an axis, among zeros. */
  record Cells(int count, int dilation, Zeros zeros) {
    int at(int cell) {
      return zeros.front() + cell * dilation;
    }

    int span() {
      return (count - 1) * dilation + 1 + zeros.all();
    }
  }

  /** Zeros in front of a kernel and behind it, along an axis. */
  record Zeros(int front, int behind) {
    int all() {
      return front + behind;
    }

    /** The fewest with which equal padding gives all outputs. */
    static Zeros of(int in, int out, int kernel, int stride, int begin) {
      Zeros best = new Zeros(MOST_ZEROS, MOST_ZEROS);
      for (int front = 0; front <= MOST_ZEROS; front++) {
        long most = (long) in + 2L * begin + front - kernel - (long) (out - 1) * stride;
        long least = Math.max(Math.max(0, most - stride + 1), (long) begin - kernel + 1);
        if (least <= most && front + least < best.all()) {
          best = new Zeros(front, (int) least);
        }
      }
      if (best.all() > MOST_ZEROS) {
        throw new Unsupported("its paddings of both sides differ by more than its kernel");
      }
      return best;
    }
  }

  static Fit conv(Reading r, Layer in, int kernelH, int kernelW) {
    int dilationH = dilations(r).get(0);
    int dilationW = dilations(r).get(1);
    int spanH = Math.addExact(Math.multiplyExact(kernelH - 1, dilationH), 1);
    int spanW = Math.addExact(Math.multiplyExact(kernelW - 1, dilationW), 1);
    Sides s = sides(r, in, spanH, spanW);
    if (s.value() != 0 || s.edge()) {
      throw new Unsupported("the padding before it is not 0");
    }
    int h = s.outH(false);
    int w = s.outW(false);
    Zeros above = Zeros.of(s.input().height(), h, spanH, s.strideH(), s.pads()[0]);
    Zeros left = Zeros.of(s.input().width(), w, spanW, s.strideW(), s.pads()[1]);
    Cells rows = new Cells(kernelH, dilationH, above);
    Cells columns = new Cells(kernelW, dilationW, left);
    Window window =
        new Window(
            rows.span(),
            columns.span(),
            s.strideH(),
            s.strideW(),
            s.pads()[0] + above.front(),
            s.pads()[1] + left.front());
    return new Fit(s.input(), window, h, w, rows, columns);
  }
}
