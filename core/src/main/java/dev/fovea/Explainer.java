package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.decode.PictureReader;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Picture;
import dev.fovea.eval.LoadedModel;
import dev.fovea.eval.Prediction;
import dev.fovea.explanation.BoxAnnotations;
import dev.fovea.explanation.CamLayer;
import dev.fovea.explanation.CheckOptions;
import dev.fovea.explanation.Checking;
import dev.fovea.explanation.ExplainedModel;
import dev.fovea.explanation.ExplainedModels;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationCheck;
import dev.fovea.explanation.ExplanationListener;
import dev.fovea.explanation.ExplanationMethod;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.explanation.Localization;
import dev.fovea.explanation.LocalizationResult;
import dev.fovea.explanation.Subject;
import dev.fovea.graph.Node;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Says why a model, or several together, answer what they answer: a heat map over the image for a
 * class or for the difference of two.
 *
 * <pre>{@code
 * try (Explainer explainer = Explainer.open(Path.of("model.safetensors"))) {
 *   ExplanationMethod method = explainer.method("grad-cam");
 *   Explanation why = explainer.explain(Path.of("cat.jpg"), method, explainer.target("tabby"));
 *   Files.write(Path.of("cat.npy"), why.map().npy());
 * }
 * }</pre>
 *
 * <p>What is explained is a logit, the network's value before softmax, in binary32 whatever format
 * the model is used in. Several models explain the mean of their logits, while their prediction is
 * the mean of their probabilities, as in {@link ClassifierEnsemble}.
 *
 * <p>Images are given as to a {@link Classifier}. Safe for any number of threads, which take turns.
 * Owns native memory, which {@link #close} frees.
 */
@Api(Api.Status.EXPERIMENTAL)
public final class Explainer implements AutoCloseable {
  private final ExplainedModels models;
  private final String network;
  private final List<String> layers;
  private boolean closed;

  private Explainer(List<LoadedModel> loaded, ExplainerOptions options) {
    this.network = String.join(" + ", loaded.stream().map(m -> m.graph().title()).toList());
    this.layers = CamLayer.candidates(loaded.get(0).graph()).stream().map(Node::name).toList();
    options.layer().ifPresent(name -> loaded.forEach(m -> CamLayer.named(m.graph(), name)));
    this.models =
        new ExplainedModels(
            loaded.stream()
                .map(
                    m ->
                        ExplainedModel.of(
                            m, options.compileOptions(), options.batch(m.graph()), options.turns()))
                .toList(),
            options.baseline(),
            options.layer(),
            options.turns());
  }

  /**
   * Opens a model file, or the folder of a run that holds one.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   */
  public static Explainer open(Path model) {
    return open(List.of(model));
  }

  /**
   * Does the same with options.
   *
   * @throws dev.fovea.graph.GraphException if the network has no layer of the name in the options
   */
  public static Explainer open(Path model, ExplainerOptions options) {
    return open(List.of(model), options);
  }

  /**
   * Opens several models that answer together.
   *
   * @throws IllegalArgumentException if there are none, or their classes differ
   * @throws dev.fovea.checkpoint.CheckpointException if a file cannot be used
   */
  public static Explainer open(List<Path> models) {
    return open(models, ExplainerOptions.standard());
  }

  /** Does the same with options, which all models share. */
  public static Explainer open(List<Path> models, ExplainerOptions options) {
    if (models.isEmpty()) {
      throw new IllegalArgumentException("an explainer needs at least one model, got none");
    }
    List<LoadedModel> opened = new ArrayList<>();
    boolean complete = false;
    try {
      for (Path model : models) {
        LoadedModel next =
            LoadedModel.open(ModelPaths.file(model), options.decoding(), Engine.get());
        opened.add(next);
        if (!next.card().classes().equals(opened.get(0).card().classes())) {
          throw new IllegalArgumentException(
              "the models "
                  + models.get(0)
                  + " and "
                  + model
                  + " have different classes; models that are explained together need the same"
                  + " ones in the same order");
        }
      }
      Explainer explainer = new Explainer(opened, options);
      complete = true;
      return explainer;
    } finally {
      if (!complete) {
        opened.forEach(LoadedModel::close);
      }
    }
  }

  /** The names of the classes; a class's index is its place in this list. */
  public List<String> classes() {
    return models.classes();
  }

  /** The network's name, for example {@code resnet50}; those of several joined by plus signs. */
  public String network() {
    return network;
  }

  /**
   * The names of the (first) network's layers that maps can be made of, first to last; Grad-CAM and
   * HiResCAM read the last one unless {@link ExplainerOptions#layer} names another. Layers inside a
   * block can be named too.
   */
  public List<String> layers() {
    return layers;
  }

  /**
   * The method with this name and the settings that suit the model, see {@link
   * ExplanationMethod#named}.
   *
   * @throws IllegalArgumentException if there is no such method; the message lists them
   */
  public ExplanationMethod method(String name) {
    return ExplanationMethod.named(name, models.inputShape().dim(1), models.inputShape().dim(2));
  }

  /**
   * The target for a class.
   *
   * @param name of the class
   * @throws IllegalArgumentException if the model has no such class
   */
  public ExplanationTarget target(String name) {
    return new ExplanationTarget.OfClass(index(name));
  }

  /**
   * The target for the difference of two classes.
   *
   * @param name of the class that positive values speak for
   * @param versus the name of the other
   * @throws IllegalArgumentException if the model has no such class, or both are the same
   */
  public ExplanationTarget target(String name, String versus) {
    return new ExplanationTarget.Difference(index(name), index(versus));
  }

  private int index(String name) {
    int index = classes().indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          "there is no class '" + name + "'; the model has " + classes().size() + " others");
    }
    return index;
  }

  /**
   * Classifies the image in a file, to choose a target by the prediction, which every explanation
   * has too. For classification alone a {@link Classifier} is faster.
   *
   * @throws DataException if it cannot be read, naming it
   * @throws dev.fovea.program.ProgramException if there is not enough memory, or the network gives
   *     no finite numbers
   */
  public Prediction predict(Path file) {
    return predicted(file);
  }

  /** Classifies an encoded image; fails as above. */
  public Prediction predict(byte[] file) {
    return predicted(file);
  }

  /** Classifies an image of AWT of any type. */
  public Prediction predict(BufferedImage image) {
    return predicted(image);
  }

  /** Classifies a picture. */
  public Prediction predict(Picture picture) {
    return predicted(picture);
  }

  private synchronized Prediction predicted(Object source) {
    checkOpen();
    return models.predict(subject(source));
  }

  private static Subject subject(Object source) {
    return new Subject(name(source), PictureReader.open(source, name(source)));
  }

  /**
   * Explains the image in a file.
   *
   * @throws DataException if it cannot be read, naming it
   * @throws IllegalArgumentException if the target is no class of the model
   * @throws dev.fovea.graph.GraphException if the method needs a layer that the network lacks
   * @throws dev.fovea.program.ProgramException if there is not enough memory, or the network gives
   *     no finite numbers
   */
  public Explanation explain(Path file, ExplanationMethod method, ExplanationTarget target) {
    return one(file, method, target);
  }

  /** Explains an encoded image, for example the content of a JPEG file; fails as above. */
  public Explanation explain(byte[] file, ExplanationMethod method, ExplanationTarget target) {
    return one(file, method, target);
  }

  /** Explains the encoded image in a stream, which is read to its end and not closed. */
  public Explanation explain(InputStream file, ExplanationMethod method, ExplanationTarget target) {
    return one(file, method, target);
  }

  /** Explains an image of AWT of any type. */
  public Explanation explain(
      BufferedImage image, ExplanationMethod method, ExplanationTarget target) {
    return one(image, method, target);
  }

  /** Explains a picture. */
  public Explanation explain(Picture picture, ExplanationMethod method, ExplanationTarget target) {
    return one(picture, method, target);
  }

  private Explanation one(Object source, ExplanationMethod method, ExplanationTarget target) {
    List<Explanation> all = new ArrayList<>();
    run(1, i -> subject(source), method, target, collecting(all));
    return all.get(0);
  }

  private static String name(Object source) {
    return source instanceof Path path ? path.toString() : "(in memory)";
  }

  /**
   * Explains images, of any of the types of the other methods, also mixed; returns explanations in
   * their order.
   *
   * @throws DataException if one cannot be read, naming it by its path or its place in the list
   */
  public List<Explanation> explain(
      List<?> images, ExplanationMethod method, ExplanationTarget target) {
    List<Explanation> all = new ArrayList<>();
    explain(images, method, target, collecting(all));
    return all;
  }

  /**
   * Explains any number of images in bounded memory, and tells how far it is.
   *
   * @param images as above
   * @throws DataException as above; what came before was handed to the listener
   * @throws java.util.concurrent.CancellationException if the listener stops
   */
  public void explain(
      List<?> images,
      ExplanationMethod method,
      ExplanationTarget target,
      ExplanationListener listener) {
    run(
        images.size(),
        i -> {
          String name = PictureReader.name(images.get(i), i);
          return new Subject(name, PictureReader.open(images.get(i), name));
        },
        method,
        target,
        listener);
  }

  /**
   * Explains the image in a file and checks the explanation: whether the pixels it names matter,
   * and whether it depends on what the network has learned. For the latter, a copy of the weights
   * and programs that read it are made at the first check and kept.
   *
   * @throws DataException as {@link #explain(Path, ExplanationMethod, ExplanationTarget)}, and the
   *     others too
   */
  public ExplanationCheck check(
      Path file, ExplanationMethod method, ExplanationTarget target, CheckOptions options) {
    return check(file, new Checking.Question(method, target), options);
  }

  /** Does the same for an encoded image. */
  public ExplanationCheck check(
      byte[] file, ExplanationMethod method, ExplanationTarget target, CheckOptions options) {
    return check(file, new Checking.Question(method, target), options);
  }

  /** Does the same for an image of AWT. */
  public ExplanationCheck check(
      BufferedImage image,
      ExplanationMethod method,
      ExplanationTarget target,
      CheckOptions options) {
    return check(image, new Checking.Question(method, target), options);
  }

  /** Does the same for a picture. */
  public ExplanationCheck check(
      Picture picture, ExplanationMethod method, ExplanationTarget target, CheckOptions options) {
    return check(picture, new Checking.Question(method, target), options);
  }

  private ExplanationCheck check(Object source, Checking.Question question, CheckOptions options) {
    return checked(source, question, options, new ExplanationListener() {});
  }

  /**
   * Does the same, and tells how far it is.
   *
   * @throws java.util.concurrent.CancellationException if the listener stops
   */
  public ExplanationCheck check(
      Picture picture,
      ExplanationMethod method,
      ExplanationTarget target,
      CheckOptions options,
      ExplanationListener listener) {
    return checked(picture, new Checking.Question(method, target), options, listener);
  }

  private synchronized ExplanationCheck checked(
      Object source,
      Checking.Question question,
      CheckOptions options,
      ExplanationListener listener) {
    checkOpen();
    return Checking.of(models, subject(source), question, options, listener);
  }

  /**
   * Makes boxes from the maps of images in which people drew boxes, and compares them: of each
   * image and label one, for the class that is called so, or without a label for the most probable
   * class. Images without boxes are left out.
   *
   * @param images whose boxes are found by their paths
   * @param share of the largest value that belongs to a box, {@link Localization#SHARE} in the
   *     paper
   * @param listener gets every explanation
   * @throws DataException if an image cannot be read, none has a box, or a label is no class of the
   *     model
   */
  public synchronized LocalizationResult localize(
      List<Path> images,
      BoxAnnotations boxes,
      ExplanationMethod method,
      double share,
      ExplanationListener listener) {
    checkOpen();
    List<String> names = images.stream().map(Path::toString).toList();
    return models.localize(
        names,
        i -> new Subject(names.get(i), PictureReader.open(images.get(i), names.get(i))),
        boxes,
        method,
        share,
        listener);
  }

  private static ExplanationListener collecting(List<Explanation> all) {
    return new ExplanationListener() {
      @Override
      public void explained(Explanation explanation) {
        all.add(explanation);
      }
    };
  }

  private synchronized void run(
      int count,
      IntFunction<Subject> subject,
      ExplanationMethod method,
      ExplanationTarget target,
      ExplanationListener listener) {
    checkOpen();
    models.explain(count, subject, method, target, listener);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the explainer is closed; open it again to explain");
    }
  }

  /** Frees all memory after any running explanation; closing again has no effect. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      models.close();
    }
  }
}
