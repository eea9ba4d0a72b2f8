package dev.fovea;

import dev.fovea.eval.Features;
import dev.fovea.eval.LoadedModel;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The programs of one model: one for a single image, and, once enough images wait at the same time,
 * one for many. Used by one thread.
 *
 * <p>Answers are the same bits whichever program computes them. The algorithms of convolutions are
 * chosen for the many in both. The last layer, whose sums are ordered by the batch size, is a
 * program of its own with a fixed size. Whether that suffices on this machine is checked: the first
 * batch of the program for many is computed by both, and it is dropped if a bit differs.
 */
final class Networks implements BatchQueue.Inference {
  private static final int WAITED_PER_IMAGE = 8;

  private final LoadedModel model;
  private final CompileOptions options;
  private final int many;
  private final @Nullable Features cut;
  private final String uncut;
  private final Graph network;
  private final Stage one;
  private final @Nullable Stage head;
  private @Nullable Stage crowd;
  private @Nullable Stage embedding;
  private boolean crowdIsExact;
  private boolean crowdIsRefused;
  private long waited;

  /** A program with its buffers. */
  private static final class Stage implements AutoCloseable {
    final InferenceProgram program;
    final int batch;
    final ByteBuffer input;
    final float[] output;
    long nanos = Long.MAX_VALUE;

    Stage(InferenceProgram program, Graph graph, int batch) {
      this.program = program;
      this.batch = batch;
      long values = Math.multiplyExact(graph.inputShape().elements(), (long) batch);
      int bytes = Math.toIntExact(Math.multiplyExact(values, program.inputType().bytes()));
      this.input = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      this.output = new float[batch * graph.classes()];
    }

    /** Runs the images from {@code from} on, at most a batch; results are rows of the output. */
    List<float[]> run(List<float[]> images, int from) {
      int count = Math.min(batch, images.size() - from);
      for (int i = 0; i < count; i++) {
        put(images.get(from + i), i);
      }
      long start = System.nanoTime();
      program.run(input, output);
      nanos = Math.min(nanos, System.nanoTime() - start);
      int width = output.length / batch;
      List<float[]> rows = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        rows.add(Arrays.copyOfRange(output, i * width, (i + 1) * width));
      }
      return rows;
    }

    private void put(float[] values, int place) {
      int at = place * values.length;
      if (program.inputType() == DType.F32) {
        input.asFloatBuffer().put(at, values);
        return;
      }
      for (int i = 0; i < values.length; i++) {
        input.putShort(Short.BYTES * (at + i), DType.toBf16(values[i]));
      }
    }

    @Override
    public void close() {
      program.close();
    }
  }

  /** What a network says of an image: its logits, and its features if it was cut. */
  record Answer(float[] logits, float @Nullable [] features) {}

  /**
   * Compiles for single images, and at once for many if that is asked.
   *
   * @param options of any batch size
   * @param many images per step of the program for many; 1 for none
   */
  static Networks compile(LoadedModel model, CompileOptions options, int many, boolean atOnce) {
    Networks made = new Networks(model, options, many);
    try {
      if (atOnce && many > 1) {
        made.compileCrowd();
      }
      return made;
    } catch (RuntimeException | Error e) {
      made.close();
      throw e;
    }
  }

  private Networks(LoadedModel model, CompileOptions options, int many) {
    this.model = model;
    this.many = many;
    this.options = options;
    Features found = null;
    String reason = "";
    try {
      found = Features.of(model.graph());
    } catch (GraphException e) {
      reason = String.valueOf(e.getMessage());
    }
    this.cut = found;
    this.uncut = reason;
    Graph headGraph = found == null ? null : found.head().orElse(null);
    this.network = found != null && headGraph != null ? found.body() : model.graph();
    this.one = compile(network, 1);
    try {
      this.head =
          headGraph == null
              ? null
              : new Stage(model.compileHead(headGraph, at(many)), headGraph, many);
    } catch (RuntimeException | Error e) {
      one.close();
      throw e;
    }
  }

  private Stage compile(Graph graph, int batch) {
    return new Stage(model.compile(graph, at(batch)), graph, batch);
  }

  private CompileOptions at(int batch) {
    return options.withBatch(batch).choosingFor(many);
  }

  /** Compiles the program for many and checks it, with images that are noise. */
  private void compileCrowd() {
    Random random = new Random(1);
    List<float[]> images = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      float[] image = new float[Math.toIntExact(model.graph().inputShape().elements())];
      for (int k = 0; k < image.length; k++) {
        image[k] = (float) random.nextGaussian();
      }
      images.add(image);
    }
    waited = Long.MAX_VALUE / 2;
    List<float[]> unused = rows(images);
  }

  /** Computes the answers for normalized images, at most as many as it was compiled for. */
  @Override
  public List<Answer> run(List<float[]> images) {
    List<float[]> rows = rows(images);
    if (head == null) {
      return rows.stream().map(r -> new Answer(r, null)).toList();
    }
    List<float[]> logits = head.run(rows, 0);
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      answers.add(new Answer(logits.get(i), rows.get(i)));
    }
    return answers;
  }

  private List<float[]> rows(List<float[]> images) {
    Stage all = crowd;
    if (images.size() > many / 2 && many > 1 && all == null && !crowdIsRefused) {
      waited += images.size();
      // Compiling takes as long as some dozens of images.
      if (waited > WAITED_PER_IMAGE * many) {
        all = crowd();
      }
    }
    if (all == null || !isWorthwhile(all, images.size())) {
      return oneByOne(images);
    }
    List<float[]> rows = all.run(images, 0);
    return crowdIsExact ? rows : checked(rows, images);
  }

  // Single images need no more memory than there is.
  private @Nullable Stage crowd() {
    try {
      crowd = compile(network, many);
    } catch (ProgramException | OutOfMemoryError e) {
      crowdIsRefused = true;
      System.getLogger(Networks.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "{0}: images are computed one by one from now on, since the program for {1} together"
                  + " cannot be made: {2}",
              model.graph().title(),
              many,
              e);
    }
    return crowd;
  }

  private boolean isWorthwhile(Stage all, int images) {
    return !crowdIsExact || images == all.batch || images * (double) one.nanos > all.nanos;
  }

  private List<float[]> checked(List<float[]> rows, List<float[]> images) {
    List<float[]> expected = oneByOne(images);
    crowdIsExact = true;
    for (int i = 0; i < rows.size(); i++) {
      crowdIsExact &= Arrays.equals(rows.get(i), expected.get(i));
    }
    Stage all = crowd;
    if (!crowdIsExact && all != null) {
      all.close();
      crowd = null;
      crowdIsRefused = true;
    }
    return expected;
  }

  private List<float[]> oneByOne(List<float[]> images) {
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      rows.addAll(one.run(images, i));
    }
    return rows;
  }

  @Override
  public void requireFeatures() {
    Features unused = cut();
  }

  private Features cut() {
    if (cut == null) {
      throw new GraphException(uncut);
    }
    return cut;
  }

  /** Computes the features of an image; compiles them first if predictions do not. */
  @Override
  public float[] features(float[] image) {
    if (head != null) {
      return one.run(List.of(image), 0).get(0);
    }
    Stage stage = embedding;
    if (stage == null) {
      stage = compile(cut().body(), 1);
      embedding = stage;
    }
    return stage.run(List.of(image), 0).get(0);
  }

  @Override
  public void close() {
    for (Stage s : Arrays.asList(one, head, crowd, embedding)) {
      if (s != null) {
        s.close();
      }
    }
  }
}
