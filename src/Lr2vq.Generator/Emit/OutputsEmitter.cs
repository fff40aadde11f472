using System.Collections.Generic;
using System.Globalization;

namespace Lr2vq.Generator;

/// <summary>Prints a method that gives outputs in arrays of their own, where nobody can know beforehand how long they will be.</summary>
internal static class OutputsEmitter
{
    public static void Emit(CodeWriter code, Surface surface, IEnumerable<bool> shapeForms)
    {
        foreach (bool withShapes in shapeForms)
        {
            code.Line("/// <summary>Computes the outputs and gives them in arrays as long as they turn out to be. May be called by any number of threads.</summary>");
            SurfaceDocs.Parameters(code, surface, withShapes, withOutputs: false);
            code.Line("/// <returns>The outputs with their shapes.</returns>");
            SurfaceDocs.LengthException(code);
            code.Open("public Outputs Compute(" + SurfaceEmitter.Parameters(surface, withShapes, withOutputs: false) + ")");
            SurfaceEmitter.EmitChecks(code, surface, withShapes, withOutputs: false);
            code.Line(surface.Types.Session + " rented = Rent();");
            code.Open("try");
            SurfaceEmitter.EmitRun(code, surface, withShapes, "rented", withOutputs: false);
            code.Line("return new Outputs(rented);");
            code.Close().Open("finally").Line("Return(rented);").Close();
            code.Close().Line();
        }
        code.Line("/// <summary>What a call of Compute gave.</summary>");
        code.Open("public sealed class Outputs");
        var members = new NameScope("Outputs", "Equals", "GetHashCode", "GetType", "ToString", "Finalize", "MemberwiseClone", "ReferenceEquals");
        var names = new List<(string Values, string Shape)>();
        foreach (SurfacePort port in surface.Outputs) names.Add((members.Take(port.Member), members.Take(port.Member + "Shape")));
        code.Open("internal Outputs(" + surface.Types.Session + " session)");
        for (int i = 0; i < names.Count; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            code.Line(names[i].Values + " = session.Output<" + surface.Outputs[i].CSharpType + ">(" + number + ").ToArray();");
            code.Line(names[i].Shape + " = session.OutputShape(" + number + ").ToArray();");
        }
        code.Close().Line();
        for (int i = 0; i < names.Count; i++)
        {
            SurfacePort port = surface.Outputs[i];
            code.Line("/// <summary>The output " + SurfaceDocs.Code(port.Name) + ": " + SurfaceDocs.Type(port) + ", row-major.</summary>");
            code.Line("public " + port.CSharpType + "[] " + names[i].Values + " { get; }").Line();
            code.Line("/// <summary>The shape of " + SurfaceDocs.Code(port.Name) + ".</summary>");
            code.Line("public int[] " + names[i].Shape + " { get; }").Line();
        }
        code.Close().Line();
    }
}
