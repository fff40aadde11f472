using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Xunit;

namespace Lr2vq.Testing;

/// <summary>The public surface of an assembly of ours, listed in <c>PublicApi.txt</c> of its project.</summary>
internal static class PublicSurface
{
    /// <summary>A change of the public surface is a decision: rewrite the listing with LR2VQ_UPDATE_GOLDEN=1 and review the difference.</summary>
    /// <param name="unlisted">Subclasses of it are not listed.</param>
    public static void Check(Assembly assembly, Type? unlisted = null)
    {
        string path = Path.Combine(TestData.RepositoryRoot, "src", assembly.GetName().Name!, "PublicApi.txt"), found = Listing(assembly, unlisted);
        if (Environment.GetEnvironmentVariable("LR2VQ_UPDATE_GOLDEN") == "1") File.WriteAllText(path, found);
        Assert.Equal(File.ReadAllText(path).Replace("\r", ""), found);
    }

    private static string Listing(Assembly assembly, Type? unlisted)
    {
        StringBuilder text = new();
        foreach (Type type in assembly.GetExportedTypes().Where(t => unlisted is null || !t.IsSubclassOf(unlisted))
            .OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            string kind = type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface" : "class";
            string modifiers = type is { IsAbstract: true, IsSealed: true } ? "static " : type is { IsAbstract: true, IsInterface: false } ? "abstract " : "";
            text.Append(modifiers).Append(kind).Append(' ').Append(type.FullName);
            if (type.BaseType is { } parent && parent != typeof(object) && !type.IsValueType) text.Append(" : ").Append(Name(parent));
            text.Append('\n');
            IEnumerable<string> members = type.IsEnum
                ? Enum.GetNames(type).Select(n => FormattableString.Invariant($"{n} = {Convert.ToInt64(Enum.Parse(type, n))}"))
                : Members(type);
            foreach (string member in members) text.Append("    ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>What users of a type see of it.</summary>
    public static IEnumerable<string> Members(Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Select(Member).Where(m => m.Length > 0).Order(StringComparer.Ordinal);

    private static string Member(MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } m when Visible(m) => Prefix(m) + "new(" + Parameters(m) + ")",
        MethodInfo { IsSpecialName: false } m when Visible(m) =>
            Prefix(m) + Name(m.ReturnType) + " " + m.Name + (m.IsGenericMethod ? "<" + string.Join(", ", m.GetGenericArguments().Select(Name)) + ">" : "")
            + "(" + Parameters(m) + ")",
        PropertyInfo p when Visible(p.GetMethod) || Visible(p.SetMethod) =>
            Prefix(p.GetMethod ?? p.SetMethod!) + Name(p.PropertyType) + " " + p.Name + " {" + (Visible(p.GetMethod) ? " get;" : "")
            + (Visible(p.SetMethod) ? p.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;" : "") + " }",
        FieldInfo f when f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly => (f.IsStatic ? "static " : "") + Name(f.FieldType) + " " + f.Name,
        _ => "",
    };

    private static bool Visible(MethodBase? m) => m is not null && (m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly);

    private static string Prefix(MethodBase m) =>
        (m.IsPublic ? "" : "protected ") + (m.IsStatic ? "static " : "") + (m.IsAbstract ? "abstract " : m.IsVirtual && !m.IsFinal ? "virtual " : "");

    private static string Parameters(MethodBase m) => string.Join(", ", m.GetParameters().Select(p =>
        (p.IsOut ? "out " : p.IsIn && p.ParameterType.IsByRef ? "in " : p.ParameterType.IsByRef ? "ref " : "") + Name(p.ParameterType) + " " + p.Name + (p.HasDefaultValue ? " = default" : "")));

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return type.Namespace is "System" or null || type.IsGenericParameter ? type.Name : type.FullName ?? type.Name;
        return type.Name[..type.Name.IndexOf('`')] + "<" + string.Join(", ", type.GetGenericArguments().Select(Name)) + ">";
    }
}
