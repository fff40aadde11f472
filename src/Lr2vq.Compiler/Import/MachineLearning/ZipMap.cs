using System.Linq;
using Lr2vq.Diagnostics;

namespace Lr2vq.Import;

/// <summary>ZipMap: dictionaries from the labels of classes to their scores, for Python. Left out: what it reads becomes the output.</summary>
internal sealed class ZipMap() : MachineLearningOperator("ZipMap")
{
    public override void Import(NodeContext node)
    {
        string[] labels = node.Attribute("classlabels_strings")?.Strings is { Length: > 0 } texts ? texts : [.. (node.Attribute("classlabels_int64s")?.Ints ?? []).Select(label => label.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        node.Note(DiagnosticCatalogue.DictionaryLeftOut, node.OutputName() ?? "", string.Join(", ", labels.Take(8)) + (labels.Length > 8 ? ", …" : ""));
        node.Return(node.Floats(0));
    }
}
