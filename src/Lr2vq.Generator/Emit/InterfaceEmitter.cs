using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;

namespace Lr2vq.Generator;

/// <summary>Prints the interfaces of a class: the nested <c>IModel</c>, which tests of an app put something else behind, and the one by which generic
/// code loads the class.</summary>
internal static class InterfaceEmitter
{
    public static string Emit(Surface surface, LanguageVersion language)
    {
        var code = new CodeWriter();
        SurfaceEmitter.Header(code, surface);
        bool inNamespace = SurfaceEmitter.OpenNamespace(code, surface);
        string type = Identifiers.Escape(surface.Name);
        // Interfaces have static members since C# 11.
        bool isLoaded = surface.Storage != "none" && language >= LanguageVersion.CSharp11;
        code.Open("partial class " + type + " : " + type + ".IModel" + (isLoaded ? ", global::Lr2vq.ILr2vqModel<" + type + ">" : ""));
        code.Line("/// <summary>The calls of <see cref=\"" + type + "\"/>, for code that is tested without the network.</summary>");
        code.Open("public interface IModel");
        foreach (string member in Members(surface))
        {
            string name = member.Substring(0, member.IndexOf('('));
            code.Line("/// <summary>See <c>" + CSharpText.Xml(surface.Name + "." + name.Substring(name.LastIndexOf(' ') + 1)) + "</c>.</summary>");
            code.Line(member + ";").Line();
        }
        code.Close().Close();
        if (inNamespace) code.Close();
        return code.ToString();
    }

    private static IEnumerable<string> Members(Surface surface)
    {
        foreach (bool withShapes in SurfaceEmitter.ShapeForms(surface))
        {
            yield return "void Predict(" + SurfaceEmitter.Parameters(surface, withShapes, withOutputs: true) + ")";
            yield return AsyncEmitter.Signature(surface, withShapes);
        }
        if (surface.Pictures.Length == 0) yield break;
        yield return PicturesEmitter.PredictSignature(surface);
        yield return AsyncEmitter.PictureSignature(surface);
        if (surface.ClassOutput < 0) yield break;
        yield return PicturesEmitter.TopSignature();
        yield return AsyncEmitter.TopSignature();
    }
}
