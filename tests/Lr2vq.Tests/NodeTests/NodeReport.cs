using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Lr2vq.Testing.NodeTests;

namespace Lr2vq.Tests.NodeTests;

/// <summary>Collects what all runs of the node tests refused, and prints it by reason when they are done.</summary>
public sealed class NodeReport : IDisposable
{
    private readonly List<string> _runs = [];
    private readonly Dictionary<string, SortedDictionary<string, int>> _refused = new(StringComparer.Ordinal);

    internal void Add(string run, IReadOnlyDictionary<NodeOutcome, int> counts) =>
        _runs.Add($"{run}: {string.Join(", ", counts.Select(count => $"{count.Value} {count.Key.ToString().ToLowerInvariant()}"))}");

    internal void AddRefusal(string reason, string name)
    {
        if (!_refused.TryGetValue(reason, out SortedDictionary<string, int>? names)) _refused.Add(reason, names = new(StringComparer.Ordinal));
        names[name] = names.GetValueOrDefault(name) + 1;
    }

    public void Dispose()
    {
        if (_runs.Count == 0) return;
        // build/test.cs shows lines that begin so.
        foreach (string run in _runs) Console.WriteLine("| " + run);
        Console.WriteLine("| Refused, by reason (runs, cases):");
        foreach ((string reason, SortedDictionary<string, int> names) in _refused.OrderByDescending(r => r.Value.Values.Sum()).ThenBy(r => r.Key, StringComparer.Ordinal))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {names.Values.Sum(),5}  {reason}: {string.Join(' ', names.Keys.Take(2))}{(names.Count > 2 ? $" and {names.Count - 2} more" : "")}"));
    }
}
