using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Diagnostics;

/// <summary>How much a diagnostic stops: nothing, nothing unless the user asks, or everything.</summary>
internal enum DiagnosticSeverity { Info, Warning, Error }

/// <summary>One kind of problem: its code, its wording and what the user can do about it. Codes are never reused.</summary>
/// <param name="Id">The code, <c>LR2VQ</c> and four digits; the ranges are 1xxx reading ONNX, 2xxx graph, 3xxx options,
/// 4xxx compression, 5xxx artifact, 6xxx build integration, 9xxx internal.</param>
/// <param name="Severity">The severity before the user's settings.</param>
/// <param name="Message">A composite format string that names the cause.</param>
/// <param name="Remedy">A composite format string (same arguments) that names what to do; may be empty.</param>
internal sealed record DiagnosticDefinition(string Id, DiagnosticSeverity Severity, string Message, string Remedy)
{
    /// <summary>Makes a diagnostic of this kind.</summary>
    /// <param name="place">File, node and tensor it is about.</param>
    /// <param name="arguments">The arguments of <see cref="Message"/> and <see cref="Remedy"/>, formatted invariantly.</param>
    public Diagnostic At(DiagnosticPlace place, params object?[] arguments)
    {
        // Names of a hostile file must not steer the terminal or forge a line.
        arguments = Array.ConvertAll(arguments, argument => argument is string name ? PrintableText.Of(name) : argument);
        place = place with { File = Printable(place.File), Node = Printable(place.Node), Tensor = Printable(place.Tensor) };
        string text = string.Format(CultureInfo.InvariantCulture, Message, arguments);
        string remedy = string.Format(CultureInfo.InvariantCulture, Remedy, arguments);
        return new Diagnostic(this, place, remedy.Length == 0 ? text : text + ". " + remedy);
    }

    private static string? Printable(string? name) => name is null ? null : PrintableText.Of(name);
}

/// <summary>Where a problem is. Every part is optional.</summary>
/// <param name="File">The file as the user gave it.</param>
/// <param name="Node">The ONNX node's name, or its operator and index.</param>
/// <param name="Tensor">The ONNX value or initializer.</param>
internal readonly record struct DiagnosticPlace(string? File = null, string? Node = null, string? Tensor = null)
{
    /// <summary>Name of the option that is wrong, as the table of options has it.</summary>
    public string? Option { get; init; }

    /// <summary>Line in the file, counted from 1; 0 where none is known.</summary>
    public int Line { get; init; }
}

/// <summary>One problem, ready to print.</summary>
internal sealed record Diagnostic(DiagnosticDefinition Definition, DiagnosticPlace Place, string Text)
{
    /// <summary>The code, for example <c>LR2VQ2001</c>.</summary>
    public string Id => Definition.Id;

    /// <summary>The severity before the user's settings.</summary>
    public DiagnosticSeverity Severity => Definition.Severity;

    /// <summary>MSBuild's canonical form: <c>file(line) : error LR2VQ2001: text</c>.</summary>
    public override string ToString()
    {
        string place = Place.File ?? "lr2vq";
        if (Place.File is not null && Place.Line > 0) place += "(" + Place.Line.ToString(CultureInfo.InvariantCulture) + ")";
        return place + " : " + Severity.ToString().ToLowerInvariant() + " " + Id + ": " + Text;
    }
}

/// <summary>Ends an operation that cannot go on; carries at least one diagnostic of severity error.</summary>
internal sealed class DiagnosticException : Exception
{
    public DiagnosticException(params Diagnostic[] diagnostics)
        : base(string.Join("\n", diagnostics.Select(d => d.ToString()))) => Diagnostics = diagnostics;

    public DiagnosticException(IEnumerable<Diagnostic> diagnostics) : this(diagnostics.ToArray()) { }

    /// <summary>What went wrong, in the order found.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }
}

/// <summary>Collects the problems of one stage, so that all are reported together.</summary>
internal sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _all = new();

    public IReadOnlyList<Diagnostic> All => _all;

    public bool HasErrors => _all.Any(d => d.Severity == DiagnosticSeverity.Error);

    public void Add(Diagnostic diagnostic) => _all.Add(diagnostic);

    /// <summary>Removes what came after the first so many.</summary>
    public void CutTo(int count) => _all.RemoveRange(count, _all.Count - count);

    /// <exception cref="DiagnosticException">There is an error in the bag; the exception carries everything in it.</exception>
    public void ThrowIfErrors()
    {
        if (HasErrors) throw new DiagnosticException(_all);
    }
}
