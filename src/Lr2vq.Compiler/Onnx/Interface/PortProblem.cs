using Lr2vq.Diagnostics;

namespace Lr2vq.Onnx;

/// <summary>What is wrong with an input or output.</summary>
internal sealed class PortProblem(DiagnosticDefinition kind, DiagnosticPlace place, params object?[] arguments)
{
    public DiagnosticDefinition Kind { get; } = kind;
    public DiagnosticPlace Place { get; } = place;
    public object?[] Arguments { get; } = arguments;

    public Diagnostic At(string path)
    {
        var printable = new object?[Arguments.Length];
        for (int i = 0; i < printable.Length; i++) printable[i] = Arguments[i] is string text ? OnnxFileKind.Printable(text) : Arguments[i];
        return Kind.At(new DiagnosticPlace(path, null, Place.Tensor is null ? null : OnnxFileKind.Printable(Place.Tensor)), printable);
    }
}
