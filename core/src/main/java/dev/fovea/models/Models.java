package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The list of networks; builds a graph from a name.
 *
 * <p>A name may be followed by options: {@code resnet20}, {@code resnet50(stride=1x1)}. Every
 * network with batch norm also takes {@code bn_epsilon} and {@code bn_momentum}, every residual one
 * {@code stochastic_depth}. A network that is not in the list is written as a name and its
 * definition in braces, {@code mine{input=Input(|3x32x32);...}}; see {@link #spec}. All methods are
 * pure functions and safe for use by several threads.
 */
public final class Models {
  private static final Pattern SPEC =
      Pattern.compile("\\s*([A-Za-z0-9_.-]+)\\s*(?:\\{(.*)\\})?\\s*(?:\\((.*)\\))?\\s*");

  private static final List<Entry> ENTRIES =
      Stream.of(
              CifarResNet.entries(),
              ResNet.entries(),
              PreActResNet.entries(),
              ResNetV2.entries(),
              WideResNet.entries(),
              ResNet9.entries(),
              Airbench.entries(),
              GoogLeNet.entries(),
              BnInception.entries(),
              InceptionV3.entries(),
              InceptionSmall.entries(),
              Vgg.entries(),
              Perceptron.entries())
          .flatMap(List::stream)
          .toList();

  private Models() {}

  /** All listed networks, by family. */
  public static List<ModelInfo> all() {
    return ENTRIES.stream().map(Entry::info).toList();
  }

  /**
   * The networks whose name matches a pattern, in which {@code *} matches any characters and {@code
   * ?} one.
   */
  public static List<ModelInfo> matching(String glob) {
    String regex =
        glob.chars()
            .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
            .collect(Collectors.joining());
    Pattern pattern = Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    return all().stream().filter(i -> pattern.matcher(i.name()).matches()).toList();
  }

  /**
   * The description of a network.
   *
   * @param spec a name, with or without options
   * @throws ModelException if there is no such network; the message names the nearest
   */
  public static ModelInfo info(String spec) {
    Matcher parts = split(spec);
    return parts.group(2) == null ? entry(parts.group(1)).info() : own(parts).info();
  }

  private static Entry own(Matcher parts) {
    OwnNetwork.Definition own = OwnNetwork.read(parts.group(1), parts.group(2));
    ModelInfo info =
        new ModelInfo(
            parts.group(1),
            "Your own",
            own.input(),
            own.classes(),
            ModelInfo.Published.none("not published"),
            List.of());
    return new Entry(info, r -> own.build(r.name(), r.classes(), r.input()));
  }

  /**
   * The text from which {@link #graph} builds this network: its name if the list has it, else its
   * name followed by its definition in braces.
   *
   * @throws ModelException if it has an operation that only passes make
   */
  public static String spec(Graph graph) {
    if (isListed(graph)) {
      return graph.name();
    }
    String name = graph.title().replaceAll("[^A-Za-z0-9_.-]", "_");
    return (name.isEmpty() ? "network" : name) + "{" + OwnNetwork.definition(graph) + "}";
  }

  private static boolean isListed(Graph graph) {
    if (!SPEC.matcher(graph.name()).matches()) {
      return false;
    }
    try {
      Graph listed = graph(graph.name(), graph.classes(), graph.inputShape());
      return OwnNetwork.definition(listed).equals(OwnNetwork.definition(graph));
    } catch (ModelException | dev.fovea.graph.GraphException e) {
      return false;
    }
  }

  /** Builds a network for the images and classes that it was published for. */
  public static Graph graph(String spec) {
    ModelInfo info = info(spec);
    return graph(spec, info.classes(), info.input());
  }

  /** Builds a network for {@code classes} classes and the images that it was published for. */
  public static Graph graph(String spec, int classes) {
    return graph(spec, classes, info(spec).input());
  }

  /**
   * Builds a network for any images and classes. The graph's name is {@code spec} in canonical
   * form; passed to this method, it yields an equal graph.
   *
   * @param spec a name, with or without options
   * @param input the shape of one image, (C, H, W)
   * @throws ModelException if the name or an option does not exist; the message names the nearest
   * @throws dev.fovea.graph.GraphException if the network does not accept such images
   */
  public static Graph graph(String spec, int classes, Shape input) {
    Matcher parts = split(spec);
    Entry entry = parts.group(2) == null ? entry(parts.group(1)) : own(parts);
    String text = Optional.ofNullable(parts.group(3)).orElse("");
    List<ModelOption> known = CommonOptions.among(entry.info().options(), text);
    Options options = Options.parse(entry.info().name(), known, text);
    String name = options.nameOf(withDefinition(parts), known);
    Graph graph = entry.architecture().build(new Entry.Request(name, input, classes, options));
    return CommonOptions.apply(graph, options, known);
  }

  /**
   * Returns {@code spec} with one more option.
   *
   * @throws ModelException if {@code spec} cannot be read
   */
  public static String withOption(String spec, String option, Object value) {
    Matcher parts = split(spec);
    String given = Optional.ofNullable(parts.group(3)).orElse("");
    String separator = given.isBlank() ? "" : ",";
    return withDefinition(parts) + "(" + given + separator + option + "=" + value + ")";
  }

  private static String withDefinition(Matcher parts) {
    return parts.group(2) == null ? parts.group(1) : parts.group(1) + "{" + parts.group(2) + "}";
  }

  private static Matcher split(String spec) {
    Matcher parts = SPEC.matcher(spec);
    if (!parts.matches()) {
      throw new ModelException(
          "cannot read the model '"
              + Graph.title(spec)
              + "'; write a name, or name(option=value,...)");
    }
    return parts;
  }

  private static Entry entry(String name) {
    return ENTRIES.stream()
        .filter(e -> e.info().name().equals(name))
        .findFirst()
        .or(() -> WideResNet.entry(name))
        .orElseThrow(
            () ->
                new ModelException(
                    "there is no model '"
                        + name
                        + "'; did you mean "
                        + NearestNames.of(name, ENTRIES.stream().map(e -> e.info().name()).toList())
                        + "?"));
  }
}
