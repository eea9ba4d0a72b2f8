package dev.fovea.explanation;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/** Reads boxes from annotations of PASCAL VOC, without trust, see {@link BoxAnnotations#read}. */
final class VocBoxes {
  private static final int MOST_BYTES = 1 << 20;

  private VocBoxes() {}

  static Map<String, List<LabeledBox>> read(Path annotations) {
    Map<String, List<LabeledBox>> boxes = new LinkedHashMap<>();
    DocumentBuilder parser = parser();
    for (Path file : files(annotations)) {
      Element root = parse(parser, file).getDocumentElement();
      String image = text(root, "filename", file);
      NodeList objects = root.getElementsByTagName("object");
      for (int i = 0; i < objects.getLength(); i++) {
        Element object = (Element) objects.item(i);
        boxes
            .computeIfAbsent(image, k -> new ArrayList<>())
            .add(
                new LabeledBox(
                    Optional.of(text(object, "name", file)),
                    box(child(object, "bndbox", file), file),
                    file.toString()));
      }
    }
    if (boxes.isEmpty()) {
      throw new DataException(
          annotations + ": holds no boxes; expected annotations of PASCAL VOC with objects");
    }
    return boxes;
  }

  private static List<Path> files(Path named) {
    if (!Files.isDirectory(named)) {
      return List.of(named);
    }
    try (Stream<Path> files = Files.walk(named)) {
      return files.filter(f -> f.toString().endsWith(".xml")).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new DataException(named + ": cannot be read (" + IoReason.of(e) + ")", e);
    }
  }

  // Pixels are counted from 1, so the first has its left edge at 0 and its right edge at 1.
  private static Box box(Element edges, Path file) {
    double left = edge(edges, "xmin", file) - 1;
    double top = edge(edges, "ymin", file) - 1;
    try {
      return new Box(left, top, edge(edges, "xmax", file), edge(edges, "ymax", file));
    } catch (IllegalArgumentException e) {
      throw new DataException(file + ": " + e.getMessage(), e);
    }
  }

  private static double edge(Element edges, String name, Path file) {
    String value = text(edges, name, file);
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new DataException(
          file + ": <" + name + "> is '" + value + "'; expected a number of pixels", e);
    }
  }

  private static DocumentBuilder parser() {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
      // No document type: with it go entities, external ones and those that grow.
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(false);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(
          new ErrorHandler() {
            @Override
            public void warning(SAXParseException e) {}

            @Override
            public void error(SAXParseException e) throws SAXException {
              throw e;
            }

            @Override
            public void fatalError(SAXParseException e) throws SAXException {
              throw e;
            }
          });
      return builder;
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK's XML parser knows these settings", e);
    }
  }

  private static Document parse(DocumentBuilder parser, Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new DataException(file + ": no such file; expected an annotation of PASCAL VOC");
      }
      if (Files.size(file) > MOST_BYTES) {
        throw new DataException(
            file + ": is longer than the limit of " + MOST_BYTES + " bytes for annotations");
      }
      return parser.parse(new ByteArrayInputStream(Files.readAllBytes(file)));
    } catch (SAXParseException e) {
      throw new DataException(
          file
              + ", line "
              + e.getLineNumber()
              + ": is no XML that is read here ("
              + e.getMessage()
              + "); expected an annotation of PASCAL VOC without a document type",
          e);
    } catch (SAXException e) {
      throw new DataException(file + ": is no XML (" + e.getMessage() + ")", e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read (" + IoReason.of(e) + ")", e);
    }
  }

  private static Element child(Element of, String name, Path file) {
    for (org.w3c.dom.Node n = of.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element e && e.getTagName().equals(name)) {
        return e;
      }
    }
    throw new DataException(
        file
            + ": <"
            + of.getTagName()
            + "> has no <"
            + name
            + ">; expected an annotation of PASCAL VOC");
  }

  private static String text(Element of, String name, Path file) {
    return child(of, name, file).getTextContent().strip();
  }
}
