using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Lr2vq.Building;

/// <summary>Makes Microsoft.ML.OnnxRuntime restorable: where the configured feeds lack it, two packages of the same names and version
/// are built from Microsoft's own sources and library and put into artifacts/feed. They serve tests on this machine only and are never
/// published. The finished packages are kept in the cache, so that the next checkout only copies them.</summary>
internal static class OnnxRuntimeProvision
{
    public const string Version = "1.29.0";

    // Counted up when the packages below would come out differently.
    private const string Recipe = "1";

    private static readonly string[] Names = ["Microsoft.ML.OnnxRuntime.Managed", "Microsoft.ML.OnnxRuntime"];

    /// <summary>Says where the package comes from; Directory.Build.props tests for it.</summary>
    private static string Marker => Path.Combine(Repository.Artifacts, "onnxruntime.txt");

    /// <summary>Returns whether the package can be restored now.</summary>
    public static bool Run(Action<string> say)
    {
        if (File.Exists(Marker) && Names.All(IsInFeed))
        {
            say($"ONNX Runtime {Version}: in artifacts/feed");
            return true;
        }
        if (File.Exists(Marker) && File.ReadAllText(Marker).StartsWith("configured", StringComparison.Ordinal))
        {
            say($"ONNX Runtime {Version}: on the configured feed");
            return true;
        }
        string? library = NativeLibrary(out string platform);
        using FileStream _ = ProvisionCache.Lock("onnxruntime", Shell.CancelToken);
        string kept = ProvisionCache.SubFolder("nupkg", Recipe, platform);
        if (!Names.All(name => File.Exists(Path.Combine(kept, FileName(name)))))
        {
            say($"ONNX Runtime {Version}: asking the configured feeds");
            if (RestoresAlready())
            {
                WriteMarker("configured feed");
                say($"ONNX Runtime {Version}: on the configured feed");
                return true;
            }
            if (library is null)
            {
                say($"ONNX Runtime {Version}: neither on the configured feeds nor available for {platform}; its cases will be skipped");
                return false;
            }
            Build(kept, library, platform, say);
        }
        foreach (string name in Names)
            ProvisionCache.WriteAtomically(Path.Combine(Repository.Feed, FileName(name)), path => File.Copy(Path.Combine(kept, FileName(name)), path, true));
        WriteMarker("artifacts/feed");
        say($"ONNX Runtime {Version}: put into artifacts/feed");
        return true;
    }

    private static string FileName(string name) => $"{name}.{Version}.nupkg";

    private static bool IsInFeed(string name) => File.Exists(Path.Combine(Repository.Feed, FileName(name)));

    private static void WriteMarker(string text) => ProvisionCache.WriteAtomically(Marker, path => File.WriteAllText(path, text + "\n"));

    private static string? NativeLibrary(out string platform)
    {
        string processor = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        platform = $"{system}-{processor}";
        return platform switch
        {
            "linux-x64" => "package/Plugins/Linux/x64/libonnxruntime.so",
            "win-x64" => "package/Plugins/Windows/x64/onnxruntime.dll",
            "win-arm64" => "package/Plugins/Windows/arm64/onnxruntime.dll",
            "osx-arm64" => "package/Plugins/macOS/arm64/libonnxruntime.dylib",
            _ => null,
        };
    }

    private static bool RestoresAlready()
    {
        using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder("probe");
        IsolateFromOtherSettings(work.Path);
        File.WriteAllText(Path.Combine(work.Path, "Probe.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup><PackageReference Include="Microsoft.ML.OnnxRuntime" Version="[{Version}]" /></ItemGroup>
            </Project>
            """);
        return Shell.Run("dotnet", ["restore", "Probe.csproj", "--nologo", "-v", "quiet"], work.Path) == 0;
    }

    private static void Build(string kept, string library, string platform, Action<string> say)
    {
        say($"ONNX Runtime {Version}: not on the configured feeds; making it from {NpmPackage.OnnxRuntime.Name} {NpmPackage.OnnxRuntime.Version} (150 MB, once a machine)");
        string archive = NpmPackage.OnnxRuntime.FetchArchive(say, Shell.CancelToken);
        using ProvisionCache.WorkFolder work = ProvisionCache.CreateWorkFolder("onnxruntime");
        IsolateFromOtherSettings(work.Path);
        string managed = Path.Combine(work.Path, "managed"), native = Path.Combine(work.Path, "native"), made = Path.Combine(work.Path, "made");

        say("unpacking");
        int sources = NpmPackage.Extract(archive, name => Place(name, library, managed, native));
        if (!File.Exists(Path.Combine(native, Path.GetFileName(library))) || sources < 20)
            throw new InvalidOperationException($"{archive} does not have the expected layout");

        WriteManagedProject(managed);
        WriteNativeProject(native, Path.GetFileName(library), platform);
        say("compiling the C# binding");
        Shell.RunOrThrow("packing Microsoft.ML.OnnxRuntime.Managed", "dotnet", PackArguments("Managed.csproj", made), managed);
        say("packing the native library");
        Shell.RunOrThrow("packing Microsoft.ML.OnnxRuntime", "dotnet", [.. PackArguments("Native.csproj", made), $"-p:RestoreAdditionalProjectSources={made}"], native);
        foreach (string name in Names)
            ProvisionCache.WriteAtomically(Path.Combine(kept, FileName(name)), path => File.Copy(Path.Combine(made, FileName(name)), path, true));
    }

    private static string[] PackArguments(string project, string made) =>
        ["pack", project, "--nologo", "-v", "quiet", "-c", "Release", "-o", made, $"-p:RestorePackagesPath={Path.Combine(made, "packages")}"];

    private static string? Place(string name, string library, string managed, string native)
    {
        if (name == library) return Path.Combine(native, Path.GetFileName(name));
        if (name is "package/LICENSE" or "package/ThirdPartyNotices.txt") return Path.Combine(native, Path.GetFileName(name));
        const string Sources = "package/Runtime/";
        bool wanted = name.StartsWith(Sources, StringComparison.Ordinal) && name.EndsWith(".cs", StringComparison.Ordinal)
            && !name.Contains("/Training/", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal);
        return wanted ? Path.Combine(managed, name[Sources.Length..]) : null;
    }

    /// <summary>The assembly gets the identity of Microsoft's: the public key stands in the binding's own InternalsVisibleTo lines.</summary>
    private static void WriteManagedProject(string folder)
    {
        Match key = Regex.Match(File.ReadAllText(Path.Combine(folder, "AssemblyInfo.shared.cs")), "PublicKey=([0-9a-fA-F]+)");
        if (!key.Success) throw new InvalidOperationException("the binding does not name its public key");
        File.WriteAllBytes(Path.Combine(folder, "key.snk"), Convert.FromHexString(key.Groups[1].Value));
        File.WriteAllText(Path.Combine(folder, "Managed.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFrameworks>netstandard2.0;net8.0</TargetFrameworks>
                <AssemblyName>Microsoft.ML.OnnxRuntime</AssemblyName>
                <AssemblyVersion>0.0.0.0</AssemblyVersion>
                <PackageId>Microsoft.ML.OnnxRuntime.Managed</PackageId>
                <LangVersion>latest</LangVersion>
                <Nullable>disable</Nullable>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
                <SignAssembly>true</SignAssembly>
                <PublicSign>true</PublicSign>
                <AssemblyOriginatorKeyFile>key.snk</AssemblyOriginatorKeyFile>
                <NoWarn>$(NoWarn);CS1591;CS1574;CS1573;CS0618;SYSLIB0050;SYSLIB0051;SYSLIB5001;NU5128</NoWarn>
                <TreatWarningsAsErrors>false</TreatWarningsAsErrors>
                {Description}
              </PropertyGroup>
              <ItemGroup>
                <Using Include="System.Reflection" />
                <PackageReference Include="System.Memory" Version="4.5.5" Condition="'$(TargetFramework)' == 'netstandard2.0'" />
                <PackageReference Include="System.Numerics.Tensors" Version="9.0.19" Condition="'$(TargetFramework)' == 'net8.0'" />
              </ItemGroup>
            </Project>
            """);
    }

    private static void WriteNativeProject(string folder, string library, string platform) =>
        File.WriteAllText(Path.Combine(folder, "Native.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFrameworks>netstandard2.0;net8.0</TargetFrameworks>
                <PackageId>Microsoft.ML.OnnxRuntime</PackageId>
                <IncludeBuildOutput>false</IncludeBuildOutput>
                <NoWarn>$(NoWarn);NU5128;NU5100</NoWarn>
                {Description}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Microsoft.ML.OnnxRuntime.Managed" Version="{Version}" />
                <None Include="{library}" Pack="true" PackagePath="runtimes/{platform}/native/" />
                <None Include="LICENSE;ThirdPartyNotices.txt" Pack="true" PackagePath="/" />
              </ItemGroup>
            </Project>
            """);

    private static string Description => $"""
        <Version>{Version}</Version>
        <Authors>Local stand-in, not Microsoft's package</Authors>
        <Description>Local stand-in for tests on this machine, made from Microsoft's sources and library (MIT). Do not publish.</Description>
        <NuGetAudit>false</NuGetAudit>
        """;

    /// <summary>Settings of a folder above must not reach the projects that are made here.</summary>
    private static void IsolateFromOtherSettings(string folder)
    {
        foreach (string name in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
            File.WriteAllText(Path.Combine(folder, name), "<Project />\n");
    }
}
