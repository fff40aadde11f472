using System.Collections.Generic;
using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>Gathers the problems of one file: at most twenty of a kind are told one by one, names are made fit to print.</summary>
internal sealed class ProblemList(string path, DiagnosticBag bag)
{
    /// <summary>So many of one kind are reported; a last diagnostic gives the number of the others.</summary>
    public const int MostOfAKind = 20;

    private readonly Dictionary<DiagnosticDefinition, int> _counts = [];

    public bool Any => _counts.Count > 0;

    /// <summary>True if all problems are of these kinds.</summary>
    public bool OnlyOf(IReadOnlySet<DiagnosticDefinition> kinds) => _counts.Keys.All(kinds.Contains);

    public void Add(DiagnosticDefinition kind, DiagnosticPlace place, params object?[] arguments)
    {
        int before = _counts.GetValueOrDefault(kind);
        _counts[kind] = before + 1;
        if (before >= MostOfAKind) return;
        for (int i = 0; i < arguments.Length; i++)
            if (arguments[i] is string text) arguments[i] = OnnxFileKind.Printable(text);
        bag.Add(kind.At(new DiagnosticPlace(path, Cut(place.Node), Cut(place.Tensor)), arguments));
    }

    /// <summary>Tells how many problems were not told one by one.</summary>
    public void Finish()
    {
        foreach ((DiagnosticDefinition kind, int count) in _counts)
            if (count > MostOfAKind) bag.Add(DiagnosticCatalogue.MoreProblems.At(new DiagnosticPlace(path), count - MostOfAKind, kind.Id));
    }

    private static string? Cut(string? name) => name is null ? null : OnnxFileKind.Printable(name);
}
