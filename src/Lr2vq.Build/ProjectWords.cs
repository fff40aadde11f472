using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Microsoft.Build.Framework;

namespace Lr2vq.Build;

/// <summary>Words of a project that begin as ours do and that nobody reads: properties in its text, on the command line and in the environment, and items in its text.</summary>
internal sealed class ProjectWords(ProjectPlaces places, string projectFile, IBuildEngine engine)
{
    private static readonly string[] s_items = [ProjectPlaces.Item];

    /// <summary>What is wrong, and where.</summary>
    /// <param name="hasModels">Whether the project has a model; without one, patterns that match nothing are said too.</param>
    public IEnumerable<(Diagnostic Problem, ProjectPlace Place)> Problems(bool hasModels)
    {
        foreach ((string name, ProjectPlace place) in Properties())
            if (!Knows(ItemOptions.Properties, name))
                yield return (Of(name, ItemOptions.Properties, DiagnosticCatalogue.PropertyMisspelt, DiagnosticCatalogue.PropertyUnknown), place);
        foreach ((string name, ProjectPlace place) in places.Items(ItemOptions.PropertyPrefix))
            if (!Knows(s_items, name))
                yield return (Of(name, s_items, DiagnosticCatalogue.ItemMisspelt, DiagnosticCatalogue.ItemUnknown), place);
        if (hasModels) yield break;
        foreach ((string pattern, ProjectPlace place) in places.Patterns()) yield return (DiagnosticCatalogue.PatternWithoutFile.At(default, pattern), place);
    }

    private IEnumerable<(string Name, ProjectPlace Place)> Properties()
    {
        var found = new Dictionary<string, ProjectPlace>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, ProjectPlace place) in places.Properties(ItemOptions.PropertyPrefix)) found[name] = place;
        IEnumerable<string> global = (engine as IBuildEngine6)?.GetGlobalProperties()?.Keys ?? [];
        IEnumerable<string> environment = Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(n => n.StartsWith(ItemOptions.PropertyPrefix, StringComparison.Ordinal));
        foreach (string name in global.Concat(environment))
            if (name.StartsWith(ItemOptions.PropertyPrefix, StringComparison.OrdinalIgnoreCase) && !found.ContainsKey(name)) found[name] = new ProjectPlace(projectFile, 0, 0);
        return found.OrderBy(p => p.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value));
    }

    private static bool Knows(IReadOnlyList<string> known, string name) => known.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static Diagnostic Of(string name, IReadOnlyList<string> known, DiagnosticDefinition misspelt, DiagnosticDefinition unknown)
    {
        string hint = Spelling.Hint(name, known);
        return (hint.Length > 0 ? misspelt : unknown).At(default, name, string.Join(", ", known), hint);
    }
}
