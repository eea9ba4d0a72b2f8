package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Point;
import dev.fovea.app.report.RunReport.Setting;
import java.util.List;

/**
 * The content of a page of explanations as plain values; {@link ExplainPage} renders it.
 *
 * @param title the heading
 * @param headline results shown as cards, most important first
 * @param summary charts over all images, possibly none
 * @param tables over all images, possibly none
 * @param settings what the explanations were made with
 */
public record ExplainReport(
    String title,
    List<Setting> headline,
    List<Chart> summary,
    List<Grid> tables,
    List<Setting> settings) {
  /** Copies the lists. */
  public ExplainReport {
    headline = List.copyOf(headline);
    summary = List.copyOf(summary);
    tables = List.copyOf(tables);
    settings = List.copyOf(settings);
  }

  /**
   * An encoded image.
   *
   * @param type its media type
   * @param small whether it has so few pixels that they are shown as squares
   */
  public record Picture(byte[] bytes, String type, boolean small) {}

  /**
   * A class among the answers.
   *
   * @param asked whether the explanation is about this class
   */
  public record Answer(String name, double probability, boolean asked) {}

  /**
   * A heat map over its picture.
   *
   * @param method the name of the method, for people
   * @param overlay the picture in gray under the map
   * @param against what blue speaks for
   * @param towards what red speaks for
   * @param full the absolute value from which on the color is full; 0 for an empty map
   * @param facts figures of the map
   * @param remark what a reader must know of this map, or an empty text
   * @param files beside the page that hold the map: what they are, and their names
   */
  public record Heat(
      String method,
      Picture overlay,
      String against,
      String towards,
      double full,
      List<Setting> facts,
      String remark,
      List<Setting> files) {
    /** Copies the lists. */
    public Heat {
      facts = List.copyOf(facts);
      files = List.copyOf(files);
    }
  }

  /** A named curve; points are ordered by x. */
  public record Line(String name, List<Point> points) {
    /** Copies the points. */
    public Line {
      points = List.copyOf(points);
    }
  }

  /** Curves over a common axis. */
  public record Chart(String title, String xLabel, String yLabel, List<Line> lines) {
    /** Copies the lines. */
    public Chart {
      lines = List.copyOf(lines);
    }
  }

  /** A table: a note above it, headings, and rows of as many cells. */
  public record Grid(String title, String note, List<String> headings, List<List<String>> rows) {
    /** Copies the lists. */
    public Grid {
      headings = List.copyOf(headings);
      rows = rows.stream().map(List::copyOf).toList();
    }
  }

  /**
   * One image with its answers and explanations.
   *
   * @param name of the image
   * @param question what is explained, as a sentence
   * @param seen what the network saw
   * @param answers most probable first
   * @param maps one per method
   * @param charts of checks, possibly none
   * @param tables of checks, possibly none
   */
  public record Explained(
      String name,
      String question,
      Picture seen,
      List<Answer> answers,
      List<Heat> maps,
      List<Chart> charts,
      List<Grid> tables) {
    /** Copies the lists. */
    public Explained {
      answers = List.copyOf(answers);
      maps = List.copyOf(maps);
      charts = List.copyOf(charts);
      tables = List.copyOf(tables);
    }
  }
}
