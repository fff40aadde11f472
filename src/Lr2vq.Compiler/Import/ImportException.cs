using System;
using Lr2vq.Diagnostics;

namespace Lr2vq.Import;

/// <summary>A node cannot be imported; becomes a diagnostic that names it.</summary>
internal sealed class ImportException(DiagnosticDefinition definition, string what) : Exception(what)
{
    public DiagnosticDefinition Definition { get; } = definition;
}
