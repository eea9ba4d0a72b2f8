package dev.fovea.server.http;

import dev.fovea.server.model.ModelDescription;
import dev.fovea.server.model.ModelStatistics;
import dev.fovea.server.model.ServedModel;
import dev.fovea.server.model.ServedModels;
import dev.fovea.server.protocol.Documents;
import dev.fovea.server.protocol.ModelSignature;
import dev.fovea.server.protocol.ProtocolException;
import dev.fovea.server.protocol.Words;
import dev.fovea.tensor.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;

/** The models of the server, as requests name them. */
final class Catalog {
  private final ServedModels models;

  Catalog(ServedModels models) {
    this.models = models;
  }

  /** The model that the path of a call names, in the version that it names, if any. */
  ServedModel named(Call call) {
    ServedModel model = find(call.part("model"));
    requireVersion(call, model.name(), model.version());
    return model;
  }

  /** Refuses a call that names another version than the one that is there, or that answers it. */
  static void requireVersion(Call call, String model, String version) {
    String wanted = call.path().get("version");
    if (wanted != null && !wanted.equals(version)) {
      throw new ProtocolException(
          404,
          "the model " + model + " has no version " + Words.quoted(wanted) + "; it has " + version);
    }
  }

  ServedModel find(String name) {
    return models
        .find(name)
        .orElseThrow(
            () ->
                new ProtocolException(
                    404,
                    "there is no model "
                        + Words.quoted(name)
                        + "; this server has "
                        + models.all().stream()
                            .map(ServedModel::name)
                            .collect(Collectors.joining(", "))));
  }

  /** The models that a query names; the only one if it names none. */
  List<ServedModel> wanted(Call call) {
    List<String> names = call.all("model");
    if (new HashSet<>(names).size() < names.size()) {
      throw ProtocolException.badRequest("the query names a model twice; name each once");
    }
    if (!names.isEmpty()) {
      return names.stream().map(this::find).toList();
    }
    List<ServedModel> all = models.all();
    if (all.size() > 1) {
      throw ProtocolException.badRequest(
          "the query parameter model is missing; this server has "
              + all.stream().map(ServedModel::name).collect(Collectors.joining(", ")));
    }
    return List.copyOf(all);
  }

  List<Documents.Listed> listed() {
    return models.all().stream()
        .map(m -> new Documents.Listed(signature(m), m.ready(), m.lastFailure()))
        .toList();
  }

  List<Documents.Counted> counted() {
    return models.all().stream().map(Catalog::counted).toList();
  }

  static Documents.Counted counted(ServedModel model) {
    ModelStatistics s = model.statistics();
    return new Documents.Counted(
        signature(model),
        new Documents.Statistics(
            s.lastAnswer(),
            s.steps(),
            total(s.answered()),
            total(s.failed()),
            total(s.waiting()),
            total(s.decoding()),
            total(s.computing()),
            s.batches().stream()
                .map(b -> new Documents.Batches(b.images(), b.steps(), b.nanos()))
                .toList()));
  }

  private static Documents.Total total(ModelStatistics.Count count) {
    return new Documents.Total(count.count(), count.nanos());
  }

  static ModelSignature signature(ServedModel model) {
    return signature(model.name(), model.description());
  }

  static ModelSignature signature(String name, ModelDescription model) {
    Shape input = model.input();
    return new ModelSignature(
        name,
        model.version(),
        model.network(),
        input.dim(0),
        input.dim(1),
        input.dim(2),
        model.classes());
  }
}
