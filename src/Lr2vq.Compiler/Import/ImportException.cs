using System;
using System.Collections.Generic;
using Lr2vq.Diagnostics;

namespace Lr2vq.Import;

/// <summary>A node cannot be imported; becomes a diagnostic that names it.</summary>
/// <param name="definition">The kind; its first arguments are the node and its operator.</param>
/// <param name="what">The third argument.</param>
/// <param name="more">Those after it.</param>
internal sealed class ImportException(DiagnosticDefinition definition, string what, params string[] more) : Exception(what)
{
    public DiagnosticDefinition Definition { get; } = definition;
    public IReadOnlyList<string> More { get; } = more;
}

/// <summary>A graph inside a node cannot be imported; its own problems are reported already.</summary>
internal sealed class BranchException : Exception;
