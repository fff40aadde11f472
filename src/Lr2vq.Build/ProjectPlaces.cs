using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml;
using System.Xml.Linq;

namespace Lr2vq.Build;

/// <summary>A line of a project file.</summary>
internal readonly record struct ProjectPlace(string File, int Line, int Column);

/// <summary>Finds items and properties in the text of a project and of what it imports by name, for the lines of messages. MSBuild tells a task
/// values, not where they are written.</summary>
internal sealed class ProjectPlaces
{
    /// <summary>Our item.</summary>
    public const string Item = "Lr2vqModel";

    private const string Here = "$(MSBuildThisFileDirectory)";
    private const int MaxFiles = 100;

    private readonly List<(string Path, XDocument Text)> _files = [];

    /// <param name="files">The project, and files that it imports without naming them, such as Directory.Build.props.</param>
    public ProjectPlaces(IEnumerable<string> files)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string file in files) Load(file, seen);
    }

    /// <summary>Where an item is.</summary>
    public ProjectPlace? OfItem(string include) => Element(include) is { } found ? Place(found.Path, found.Element) : null;

    /// <summary>Where a metadata of an item is: an attribute, or an element in it. Else the item.</summary>
    public ProjectPlace? OfMetadata(string include, string name)
    {
        if (Element(include) is not { } found) return null;
        XObject? place = found.Element.Attributes().FirstOrDefault(a => Same(a.Name, name))
            ?? (XObject?)found.Element.Elements().FirstOrDefault(e => Same(e.Name, name)) ?? found.Element;
        return Place(found.Path, place);
    }

    /// <summary>Where a property is set last.</summary>
    public ProjectPlace? OfProperty(string name)
    {
        ProjectPlace? last = null;
        foreach ((string property, ProjectPlace place) in Properties(name))
            if (string.Equals(property, name, StringComparison.OrdinalIgnoreCase)) last = place;
        return last;
    }

    /// <summary>All properties whose names begin so.</summary>
    public IEnumerable<(string Name, ProjectPlace Place)> Properties(string prefix) => Named(prefix, "PropertyGroup");

    /// <summary>All items whose names begin so.</summary>
    public IEnumerable<(string Name, ProjectPlace Place)> Items(string prefix) => Named(prefix, "ItemGroup", "ItemDefinitionGroup");

    private IEnumerable<(string Name, ProjectPlace Place)> Named(string prefix, params string[] groups) =>
        from file in _files
        from element in file.Text.Descendants()
        where element.Parent is { } parent && groups.Any(name => Same(parent.Name, name)) && element.Name.LocalName.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
        select (element.Name.LocalName, Place(file.Path, element));

    /// <summary>Patterns of models that no condition depends on.</summary>
    public IEnumerable<(string Pattern, ProjectPlace Place)> Patterns() =>
        from file in _files
        from item in file.Text.Descendants()
        where Same(item.Name, Item) && !item.AncestorsAndSelf().Any(e => e.Attributes().Any(a => Same(a.Name, "Condition")) || Same(e.Name, "Otherwise"))
        from word in WordsOf(item, "Include")
        where word.IndexOfAny(['*', '?']) >= 0
        select (word, Place(file.Path, item));

    private (string Path, XElement Element)? Element(string include)
    {
        List<(string Path, XElement Element)> items = [.. from file in _files from item in file.Text.Descendants() where Same(item.Name, Item) select (file.Path, item)];
        foreach ((string Path, XElement Element) item in items)
            if (Includes(item.Element).Any(i => Plain(i) == Plain(include))) return item;
        // A pattern or a property stands for the name: sure only if there is one item.
        items = [.. items.Where(i => Includes(i.Element).Any(word => word.IndexOfAny(['*', '?', '$', '@']) >= 0))];
        return items.Count == 1 ? items[0] : null;
    }

    private static IEnumerable<string> Includes(XElement item) => WordsOf(item, "Include", "Update");

    private static IEnumerable<string> WordsOf(XElement item, params string[] attributes) => item.Attributes().Where(a => attributes.Any(name => Same(a.Name, name)))
        .SelectMany(a => a.Value.Split(';')).Select(word => word.Trim());

    private static string Plain(string path) => path.Replace('\\', '/');

    private static bool Same(XName name, string word) => string.Equals(name.LocalName, word, StringComparison.OrdinalIgnoreCase);

    private static ProjectPlace Place(string path, XObject place) =>
        place is IXmlLineInfo line && line.HasLineInfo() ? new ProjectPlace(path, line.LineNumber, line.LinePosition) : new ProjectPlace(path, 0, 0);

    private void Load(string path, HashSet<string> seen)
    {
        try
        {
            if (path.Length == 0 || seen.Count >= MaxFiles || !File.Exists(path) || !seen.Add(Path.GetFullPath(path))) return;
            XDocument text;
            using (var reader = XmlReader.Create(path)) text = XDocument.Load(reader, LoadOptions.SetLineInfo);
            _files.Add((path, text));
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            foreach (XElement import in text.Descendants().Where(e => Same(e.Name, "Import")))
            {
                string project = Plain(import.Attribute("Project")?.Value ?? "").Replace(Here, Plain(folder) + "/");
                if (project.Length > 0 && project.IndexOfAny(['$', '*']) < 0) Load(Path.Combine(folder, project), seen);
            }
        }
        catch (Exception e) when (e is XmlException || OutputFile.IsFileProblem(e) || e is ArgumentException)
        {
            // MSBuild read it; without its text a message has no line.
        }
    }
}
