package dev.fovea.pack;

import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;

/** Packs a data set in a process of its own, and says so after every picture. */
@NullMarked
final class PackingProcess {
  private PackingProcess() {}

  public static void main(String[] args) {
    Map<String, Dataset> splits =
        Datasets.splits(args[0], DatasetOptions.STANDARD.withValFraction(0).withMemoryBytes(0));
    List<PackPart> parts = new ArrayList<>();
    splits.forEach((name, set) -> parts.add(new PackPart(name, set)));
    new Packer(parts, PackerTest.RAW, new Packer.Effort(2, 0), new Lines())
        .pack(Path.of(args[1]), "large", "1.0");
    splits.values().forEach(Dataset::close);
  }

  private static final class Lines implements Packer.Listener {
    @Override
    public void packed(int pictures, int total) {
      System.out.println(pictures);
    }

    @Override
    public void skipped(int pictures) {}

    @Override
    public void unreadable(BadImage bad) {
      throw new AssertionError(bad.reason());
    }

    @Override
    public boolean stops() {
      return false;
    }
  }
}
