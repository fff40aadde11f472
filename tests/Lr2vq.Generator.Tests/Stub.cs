using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Lr2vq.Generator.Tests;

internal static class Stub
{
    public static MetadataReference Make() => CSharpCompilation.Create("Lr2vq.Runtime", [CSharpSyntaxTree.ParseText("""
        using System; using System.IO; using System.Reflection;
        namespace Lr2vq {
        public class ModelInfo {} public class SessionOptions {} public class InvalidArtifactException : Exception {}
        public class ModelSource { public static ModelSource Embedded(Assembly a, string n)=>null; public static ModelSource BesideApp(string n)=>null; public static ModelSource File(string n)=>null;
          public static ModelSource Stream(Stream s)=>null; public static ModelSource Memory(ReadOnlyMemory<byte> m)=>null; }
        public abstract class Lr2vqModel : IDisposable { protected Lr2vqModel(ModelSource source, string structureHash, SessionOptions? options) {} public ModelInfo Info => null;
          public void Dispose(){} protected abstract void Execute(in StepRunner run); protected ModelSession Rent()=>null; protected void Return(ModelSession s){}
          protected bool TryGetOutputShapes(ReadOnlySpan<int> inputShapes, int output, Span<int> shape, out int rank){rank=0;return false;} }
        public readonly ref struct StepRunner { public void Step<T>(int n) where T : Lr2vq.Operators.Operator {} }
        public sealed class ModelSession : IDisposable { public ModelSession(Lr2vqModel m){} public void SetInput<T>(int i, ReadOnlySpan<T> v) where T : unmanaged {} public void SetInput<T>(int i, ReadOnlySpan<T> v, ReadOnlySpan<int> s) where T : unmanaged {}
          public void Run(){} public void GetOutput<T>(int i, Span<T> d) where T : unmanaged {} public ReadOnlySpan<T> Output<T>(int i) where T : unmanaged => default; public ReadOnlySpan<int> OutputShape(int i) => default; public void Dispose(){} }
        }
        namespace Lr2vq.Operators { public class Operator {} public class Conv : Operator {} public class GlobalAveragePool : Operator {} public class Reshape : Operator {} public class Gemm : Operator {} public class Relu : Operator {} }
        """)], GeneratorRun.Framework, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).ToMetadataReference();
}
