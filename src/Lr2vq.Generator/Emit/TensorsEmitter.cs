using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Lr2vq.Generator;

/// <summary>Prints overloads for tensors, for projects that reference System.Numerics.Tensors.</summary>
internal static class TensorsEmitter
{
    private const string Tensors = "global::System.Numerics.Tensors.";

    public static string Emit(Surface surface)
    {
        var code = new CodeWriter();
        SurfaceEmitter.Header(code, surface);
        bool inNamespace = SurfaceEmitter.OpenNamespace(code, surface);
        code.Open("partial class " + Identifiers.Escape(surface.Name));
        code.Line("/// <summary>Computes the outputs from tensors. May be called by any number of threads; each call rents a session.</summary>");
        SurfaceDocs.Parameters(code, surface, withShapes: false, withOutputs: true);
        SurfaceDocs.LengthException(code);
        code.Open("public void Predict(" + Parameters(surface) + ")");
        code.Line(surface.Types.Session + " rented = Rent();");
        code.Open("try");
        EmitCalls(code, surface, "rented");
        code.Close().Open("finally").Line("Return(rented);").Close();
        code.Close().Line();
        EmitHelpers(code, surface);
        code.Line();
        code.Open("partial class Session");
        code.Line("/// <summary>Computes the outputs from tensors and copies them out.</summary>");
        SurfaceDocs.Parameters(code, surface, withShapes: false, withOutputs: true);
        SurfaceDocs.LengthException(code);
        code.Open("public void Predict(" + Parameters(surface) + ")");
        EmitCalls(code, surface, "_session");
        code.Close().Close().Close();
        if (inNamespace) code.Close();
        return code.ToString();
    }

    private static string Parameters(Surface surface)
    {
        IEnumerable<string> inputs = surface.Inputs.Select(p => "in " + Tensors + "ReadOnlyTensorSpan<" + p.CSharpType + "> " + Identifiers.Escape(p.Identifier));
        IEnumerable<string> outputs = surface.Outputs.Select(p => "in " + Tensors + "TensorSpan<" + p.CSharpType + "> " + Identifiers.Escape(p.Identifier));
        return string.Join(", ", inputs.Concat(outputs));
    }

    private static void EmitCalls(CodeWriter code, Surface surface, string session)
    {
        for (int i = 0; i < surface.Inputs.Count; i++)
            code.Line("SetTensor(" + session + ", " + Number(i) + ", in " + Identifiers.Escape(surface.Inputs[i].Identifier) + ");");
        code.Line(session + ".Run();");
        for (int i = 0; i < surface.Outputs.Count; i++)
            code.Line("GetTensor(" + session + ", " + Number(i) + ", in " + Identifiers.Escape(surface.Outputs[i].Identifier) + ");");
    }

    private static void EmitHelpers(CodeWriter code, Surface surface)
    {
        code.Open("private static void SetTensor<T>(" + surface.Types.Session + " session, int index, in " + Tensors + "ReadOnlyTensorSpan<T> tensor) where T : unmanaged");
        code.Line("global::System.Span<int> shape = stackalloc int[tensor.Rank];");
        code.Line("for (int i = 0; i < shape.Length; i++) shape[i] = checked((int)tensor.Lengths[i]);");
        code.Line("int length = checked((int)tensor.FlattenedLength);");
        code.Line("T[] values = global::System.Buffers.ArrayPool<T>.Shared.Rent(length);");
        code.Line("tensor.FlattenTo(values);");
        code.Line("session.SetInput<T>(index, new global::System.ReadOnlySpan<T>(values, 0, length), shape);");
        code.Line("global::System.Buffers.ArrayPool<T>.Shared.Return(values);");
        code.Close().Line();
        code.Open("private static void GetTensor<T>(" + surface.Types.Session + " session, int index, in " + Tensors + "TensorSpan<T> tensor) where T : unmanaged");
        code.Line("global::System.ReadOnlySpan<int> shape = session.OutputShape(index);");
        code.Line("bool fits = shape.Length == tensor.Rank;");
        code.Line("for (int i = 0; fits && i < shape.Length; i++) fits = shape[i] == tensor.Lengths[i];");
        code.Line("if (!fits) throw new global::System.ArgumentException(\"The tensor for output \" + index + \" has another shape than the output.\");");
        code.Line("new " + Tensors + "ReadOnlyTensorSpan<T>(session.Output<T>(index), tensor.Lengths).CopyTo(tensor);");
        code.Close();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
